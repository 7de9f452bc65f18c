/** The head of every page: the pages there are, whether the board is live, and who one is. */
import { me } from "../api";
import { theme, times, singleKeys, type Theme } from "../choices";
import { beat, silentSince } from "../live";
import { path } from "../router";
import { signOut } from "../session";
import { lastEventAt } from "../store/queue";
import { calmNow, exact, now, relative, shortTime, zone } from "../time";
import { helpOpen } from "./help";
import { Icon, type IconName, Mark } from "./icons";
import { paletteOpen } from "./palette";
import { passwordOpen } from "./password-dialog";

const PAGES: { to: string; name: string; icon: IconName }[] = [
  { to: "/", name: "Queue", icon: "queue" },
  { to: "/alerts", name: "Alerts", icon: "bell" },
  { to: "/customers", name: "Customers", icon: "people" },
  { to: "/dead-letters", name: "Dead letters", icon: "letter" },
  { to: "/pipeline", name: "Pipeline", icon: "pulse" },
];

export function Head() {
  return (
    <header class="head">
      <a href="/" class="brand" aria-label="Makegood, queue">
        <Mark />
        Makegood
      </a>
      <nav aria-label="Pages">
        {PAGES.map(({ to, name, icon }) => (
          <a key={to} href={to} aria-current={isAt(to) ? "page" : undefined}>
            <Icon name={icon} />
            {name}
          </a>
        ))}
      </nav>
      <span class="space" />
      <Liveness />
      <button type="button" class="button small find" onClick={() => (paletteOpen.value = true)}>
        <Icon name="search" />
        Find
        <kbd>Ctrl K</kbd>
      </button>
      <You />
    </header>
  );
}

/** A task belongs to the queue, an alert's page to the alerts. */
function isAt(to: string): boolean {
  const here = path.value.startsWith("/tasks/") ? "/" : path.value;
  return here === to || (to !== "/" && here.startsWith(`${to}/`));
}

function Liveness() {
  const live = silentSince.value === null;
  const at = lastEventAt.value;
  const lag = beat.value?.lag ?? null;
  const last = at === null ? "no event yet" : `last event ${relative(Date.parse(at), calmNow.value)}`;
  const behind = lag !== null && lag > 100 ? `, ${lag} to decide` : "";
  return (
    <span class="liveness" data-live={live} title={at ? `Last event ${exact(Date.parse(at))}` : ""}>
      <span class="lamp" aria-hidden="true" />
      {live ? `Live, ${last}${behind}` : "Not live"}
      <span class="muted zone" title={exact(now.value)}>
        {shortTime(calmNow.value)} {zone.value}
      </span>
    </span>
  );
}

function You() {
  const known = me.value;
  if (!known) return null;
  return (
    <div class="choose">
      <button type="button" class="button small" popovertarget="you" style={{ anchorName: "--you" }}>
        <Icon name="person" />
        {known.display_name}
        <Icon name="down" />
      </button>
      <div id="you" popover="auto" class="menu you" style={{ positionAnchor: "--you" }}>
        <p>
          Signed in as <strong>{known.name}</strong>
          <br />
          <span class="muted">role {known.role}</span>
        </p>
        <fieldset>
          <legend>Theme</legend>
          <div class="segments">
            {(["system", "light", "dark"] satisfies Theme[]).map((one) => (
              <button key={one} type="button" aria-pressed={theme.value === one} onClick={() => (theme.value = one)}>
                {one}
              </button>
            ))}
          </div>
        </fieldset>
        <label>
          <input
            type="checkbox"
            checked={singleKeys.value === "on"}
            onChange={(event) => (singleKeys.value = event.currentTarget.checked ? "on" : "off")}
          />
          Single keys act (j, k, a, …)
        </label>
        <label>
          <input
            type="checkbox"
            checked={times.value === "absolute"}
            onChange={(event) => (times.value = event.currentTarget.checked ? "absolute" : "relative")}
          />
          Absolute times
        </label>
        <button type="button" class="link-button" onClick={() => openHelp()}>
          Keyboard
        </button>
        {known.local && (
          <button type="button" class="link-button" onClick={() => (closeMenu(), (passwordOpen.value = true))}>
            Change password
          </button>
        )}
        {known.may.admin && (
          <a href="/users" onClick={closeMenu}>
            Users
          </a>
        )}
        <button type="button" class="link-button" onClick={() => void signOut()}>
          Sign out
        </button>
      </div>
    </div>
  );
}

function closeMenu(): void {
  document.getElementById("you")?.hidePopover();
}

function openHelp(): void {
  closeMenu();
  helpOpen.value = true;
}

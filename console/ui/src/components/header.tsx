/** The head of every page: the pages there are, whether the board is live, and who is signed in. */
import { me } from "../api";
import { beat, silentSince } from "../live-stream";
import { language, singleKeys, type Theme, theme, timeFormat } from "../preferences";
import { LANGUAGE_NAMES, readIn } from "../reader";
import { path } from "../router";
import { signOut } from "../session";
import { lastEventAt } from "../store/queue";
import { coarseNow, exact, now, relative, shortTime, zone } from "../time";
import { helpOpen } from "./help";
import { Icon, type IconName, Logo } from "./icons";
import { paletteOpen } from "./palette";
import { passwordOpen } from "./password-dialog";

const PAGES: { to: string; name: string; icon: IconName }[] = [
  { to: "/", name: "Queue", icon: "queue" },
  { to: "/alerts", name: "Alerts", icon: "bell" },
  { to: "/customers", name: "Customers", icon: "people" },
  { to: "/dead-letters", name: "Dead letters", icon: "letter" },
  { to: "/pipeline", name: "Pipeline", icon: "pulse" },
];

export function Header() {
  return (
    <header class="header">
      <a href="/" class="brand" aria-label="Makegood, queue">
        <Logo />
        Makegood
      </a>
      <nav aria-label="Pages">
        {PAGES.map(({ to, name, icon }) => (
          <a key={to} href={to} aria-current={isCurrent(to) ? "page" : undefined}>
            <Icon name={icon} />
            {name}
          </a>
        ))}
      </nav>
      <span class="space" />
      <LiveStatus />
      <button type="button" class="button small find" onClick={() => (paletteOpen.value = true)}>
        <Icon name="search" />
        Find
        <kbd>Ctrl K</kbd>
      </button>
      <UserMenu />
    </header>
  );
}

/** A task belongs to the queue, an alert's page to the alerts. */
function isCurrent(to: string): boolean {
  const here = path.value.startsWith("/tasks/") ? "/" : path.value;
  return here === to || (to !== "/" && here.startsWith(`${to}/`));
}

function LiveStatus() {
  const live = silentSince.value === null;
  const at = lastEventAt.value;
  const lag = beat.value?.lag ?? null;
  const last = at === null ? "no event yet" : `last event ${relative(Date.parse(at), coarseNow.value)}`;
  const behind = lag !== null && lag > 100 ? `, ${lag} to decide` : "";
  return (
    <span class="liveness" data-live={live} title={at ? `Last event ${exact(Date.parse(at))}` : ""}>
      <span class="live-dot" aria-hidden="true" />
      {live ? `Live, ${last}${behind}` : "Not live"}
      <span class="muted zone" title={exact(now.value)}>
        {shortTime(coarseNow.value)} {zone.value}
      </span>
    </span>
  );
}

function UserMenu() {
  const user = me.value;
  if (!user) return null;
  return (
    <div class="dropdown">
      <button type="button" class="button small" popovertarget="you" style={{ anchorName: "--you" }}>
        <Icon name="person" />
        {user.display_name}
        <Icon name="down" />
      </button>
      <div id="you" popover="auto" class="menu you" style={{ positionAnchor: "--you" }}>
        <p>
          Signed in as <strong>{user.name}</strong>
          <br />
          <span class="muted">role {user.role}</span>
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
        <fieldset>
          <legend>Language of sentences</legend>
          <div class="segments">
            {user.languages.map((one) => (
              <button key={one} type="button" lang={one} aria-pressed={language.value === one} onClick={() => readIn(one)}>
                {LANGUAGE_NAMES[one] ?? one}
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
            checked={timeFormat.value === "absolute"}
            onChange={(event) => (timeFormat.value = event.currentTarget.checked ? "absolute" : "relative")}
          />
          Absolute times
        </label>
        <button type="button" class="link-button" onClick={openHelp}>
          Keyboard
        </button>
        {user.local && (
          <button type="button" class="link-button" onClick={openPasswordDialog}>
            Change password
          </button>
        )}
        {user.may.admin && (
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

function openPasswordDialog(): void {
  closeMenu();
  passwordOpen.value = true;
}

function openHelp(): void {
  closeMenu();
  helpOpen.value = true;
}

/** The frame of every page: skip link, header, banner, the page itself, and what lies over it. */
import type { ComponentType } from "preact";
import { useEffect } from "preact/hooks";
import { me } from "./api";
import { ActionDialog } from "./components/action-dialog";
import { Banner } from "./components/banner";
import { Header } from "./components/header";
import { Help, helpOpen } from "./components/help";
import { Skeleton } from "./components/page-states";
import { Palette, paletteOpen } from "./components/palette";
import { PasswordDialog, passwordOpen } from "./components/password-dialog";
import { Toasts } from "./components/toasts";
import { AlertPage } from "./pages/alert";
import { AlertsPage } from "./pages/alerts";
import { CustomerPage } from "./pages/customer";
import { CustomersPage } from "./pages/customers";
import { DeadLetterPage } from "./pages/dead-letter";
import { DeadLettersPage } from "./pages/dead-letters";
import { NotFoundPage } from "./pages/not-found";
import { PipelinePage } from "./pages/pipeline";
import { QueuePage } from "./pages/queue";
import { SignInPage } from "./pages/sign-in";
import { TaskPage } from "./pages/task";
import { UsersPage } from "./pages/users";
import { timeFormat } from "./preferences";
import { hasNavigated, navigate, path } from "./router";
import { useShortcuts } from "./shortcuts";
import { title } from "./tab-title";

interface Route {
  pattern: RegExp;
  title: string;
  page: ComponentType<{ id: string }>;
}

const ROUTES: Route[] = [
  { pattern: /^\/$/, title: "Queue", page: QueuePage },
  { pattern: /^\/tasks\/(.+)$/, title: "Task", page: TaskPage },
  { pattern: /^\/alerts$/, title: "Alerts", page: AlertsPage },
  { pattern: /^\/alerts\/(.+)$/, title: "Alert", page: AlertPage },
  { pattern: /^\/customers$/, title: "Customers", page: CustomersPage },
  { pattern: /^\/customers\/(.+)$/, title: "Customer", page: CustomerPage },
  { pattern: /^\/dead-letters$/, title: "Dead letters", page: DeadLettersPage },
  { pattern: /^\/dead-letters\/(.+)$/, title: "Dead letter", page: DeadLetterPage },
  { pattern: /^\/pipeline$/, title: "Pipeline", page: PipelinePage },
  { pattern: /^\/users$/, title: "Users", page: UsersPage },
];
const NOT_FOUND: Route = { pattern: /^/, title: "No such page", page: NotFoundPage };

export function Board() {
  if (me.value === undefined) return <Loading />;
  if (me.value === null) return <SignInPage />;
  return <SignedIn />;
}

function Loading() {
  return (
    <main class="page narrow" aria-busy="true">
      <Skeleton />
    </main>
  );
}

function SignedIn() {
  useBoardShortcuts();
  const here = path.value;
  const route = ROUTES.find(({ pattern }) => pattern.test(here)) ?? NOT_FOUND;
  const id = decodePath(route.pattern.exec(here)?.[1] ?? "");
  useEffect(() => {
    title.value = route.title;
    // from a link of the header; unless the page itself has set the focus
    if (hasNavigated() && !document.activeElement?.closest("main"))
      document.querySelector<HTMLElement>("main h1")?.focus({ preventScroll: true });
  }, [here]);
  return (
    <div class="board">
      {/* biome-ignore lint/a11y/useValidAnchor: a link within the page, whose target takes the focus */}
      <a class="skip" href="#page" onClick={skipToPage}>
        Skip to the page
      </a>
      <Header />
      <Banner />
      <main id="page" tabIndex={-1}>
        <route.page key={here} id={id} />
      </main>
      <Toasts />
      <ActionDialog />
      {paletteOpen.value && <Palette />}
      {helpOpen.value && <Help />}
      {passwordOpen.value && <PasswordDialog />}
    </div>
  );
}

function decodePath(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // a stray % in an address that somebody wrote by hand
  }
}

function skipToPage(event: MouseEvent): void {
  event.preventDefault();
  document.getElementById("page")?.focus();
}

function useBoardShortcuts(): void {
  const handlers = {
    help: () => (helpOpen.value = true),
    palette: () => (paletteOpen.value = !paletteOpen.peek()),
    "time-format": () => (timeFormat.value = timeFormat.peek() === "relative" ? "absolute" : "relative"),
    "go-queue": () => navigate("/"),
    "go-alerts": () => navigate("/alerts"),
    "go-customers": () => navigate("/customers"),
    "go-dead-letters": () => navigate("/dead-letters"),
    "go-pipeline": () => navigate("/pipeline"),
    search: () => (paletteOpen.value = true),
  };
  useShortcuts(handlers, "fallback");
}

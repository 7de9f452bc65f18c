/** The frame of every page: skip link, head, banner, the page itself, and what lies over it. */
import type { ComponentType } from "preact";
import { useEffect } from "preact/hooks";
import { me } from "./api";
import { useKeys } from "./keys";
import { ActionDialog } from "./parts/action-dialog";
import { Banner } from "./parts/banner";
import { DeedArea } from "./parts/deed-area";
import { Head } from "./parts/head";
import { Help, helpOpen } from "./parts/help";
import { Palette, paletteOpen } from "./parts/palette";
import { PasswordDialog, passwordOpen } from "./parts/password-dialog";
import { Skeleton } from "./parts/states";
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
import { go, hasWalked, path } from "./router";
import { times } from "./choices";
import { title } from "./title";

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
const NOWHERE: Route = { pattern: /^/, title: "No such page", page: NotFoundPage };

export function Board() {
  if (me.value === undefined) return <Starting />;
  if (me.value === null) return <SignInPage />;
  return <SignedIn />;
}

function Starting() {
  return (
    <main class="page narrow" aria-busy="true">
      <Skeleton />
    </main>
  );
}

function SignedIn() {
  useBoardKeys();
  const here = path.value;
  const route = ROUTES.find(({ pattern }) => pattern.test(here)) ?? NOWHERE;
  const id = decoded(route.pattern.exec(here)?.[1] ?? "");
  useEffect(() => {
    title.value = route.title;
    // from a link of the head to the page; the page itself may have put the focus to its own place
    if (hasWalked() && !document.activeElement?.closest("main"))
      document.querySelector<HTMLElement>("main h1")?.focus({ preventScroll: true });
  }, [here]);
  return (
    <div class="board">
      <a class="skip" href="#page" onClick={skip}>
        Skip to the page
      </a>
      <Head />
      <Banner />
      <main id="page" tabIndex={-1}>
        <route.page key={here} id={id} />
      </main>
      <DeedArea />
      <ActionDialog />
      {paletteOpen.value && <Palette />}
      {helpOpen.value && <Help />}
      {passwordOpen.value && <PasswordDialog />}
    </div>
  );
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // a stray % in an address that somebody wrote by hand
  }
}

function skip(event: MouseEvent): void {
  event.preventDefault();
  document.getElementById("page")?.focus();
}

function useBoardKeys(): void {
  const answers = {
    help: () => (helpOpen.value = true),
    palette: () => (paletteOpen.value = !paletteOpen.peek()),
    times: () => (times.value = times.peek() === "relative" ? "absolute" : "relative"),
    "go-queue": () => go("/"),
    "go-alerts": () => go("/alerts"),
    "go-customers": () => go("/customers"),
    "go-dead-letters": () => go("/dead-letters"),
    "go-pipeline": () => go("/pipeline"),
    search: () => (paletteOpen.value = true),
  };
  useKeys(answers, "where no page answers");
}

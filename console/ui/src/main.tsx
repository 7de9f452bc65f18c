/** The board's entry point. */
import { render } from "preact";
import { Board } from "./board";
import { startStreamWatch } from "./live-stream";
import { startPreferences } from "./preferences";
import { startReader } from "./reader";
import { startRouter } from "./router";
import { startSession } from "./session";
import { startShortcuts } from "./shortcuts";
import { startOperations } from "./store/actions";
import { startQueue } from "./store/queue";
import { startSelection } from "./store/selection";
import { startTitle } from "./tab-title";
import "./styles/tokens.css";
import "./styles/layout.css";
import "./styles/controls.css";
import "./styles/badges.css";
import "./styles/overlays.css";
import "./styles/feedback.css";
import "./styles/queue.css";
import "./styles/detail.css";
import "./styles/lists.css";
import "./styles/pages.css";

startPreferences();
startReader();
startRouter();
startShortcuts();
startQueue();
startSelection();
startOperations();
startTitle();
startStreamWatch();
void startSession();

const place = document.getElementById("board");
if (place) render(<Board />, place);

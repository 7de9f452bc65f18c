/** The board begins here. */
import { render } from "preact";
import { Board } from "./board";
import { applyChoices } from "./choices";
import { listenToKeys } from "./keys";
import { keepTime } from "./live";
import { listen } from "./router";
import { begin } from "./session";
import { keepDeeds } from "./store/actions";
import { keepMarks } from "./store/marks";
import { keepQueue } from "./store/queue";
import { keepTitle } from "./title";
import "./styles/tokens.css";
import "./styles/layout.css";
import "./styles/parts.css";
import "./styles/queue.css";
import "./styles/pages.css";

applyChoices();
listen();
listenToKeys();
keepQueue();
keepMarks();
keepDeeds();
keepTitle();
keepTime();
void begin();

const place = document.getElementById("board");
if (place) render(<Board />, place);

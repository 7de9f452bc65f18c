// Live: the server says that something came, the page fetches what is shown.
const link = document.getElementById("link");
const board = document.getElementById("board");
const clock = () => new Date().toLocaleTimeString([], { hour12: false });

async function show() {
  const answer = await fetch("/board");
  if (answer.ok) board.innerHTML = await answer.text();
}

const stream = new EventSource("/live");
stream.onopen = () => { link.textContent = "live"; };
stream.onmessage = show;
stream.onerror = () => { link.textContent = `not live since ${clock()}: the sink does not answer`; };

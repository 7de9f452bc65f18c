/** A worker that ticks once a second. */
setInterval(() => postMessage(0), 1000);

// How the board is built: one page, served by the console from dist/, nothing fetched from elsewhere.
import { defineConfig } from "vite";

export default defineConfig({
  build: {
    // light-dark() and the dialog element are used as they are
    target: ["chrome123", "firefox121", "safari17.5"],
    assetsInlineLimit: 0, // the content security policy lets scripts and styles come from the console only
    chunkSizeWarningLimit: 200,
  },
  // `npm run dev` beside a console on its usual port
  server: { host: "127.0.0.1", proxy: { "/api": "http://127.0.0.1:8000" } },
});

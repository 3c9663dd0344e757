import { execFileSync } from "node:child_process";
import { defineConfig } from "vite";

export default defineConfig({
  base: "/",
  define: { __BUILD__: JSON.stringify(commit()) },
  build: {
    target: "es2022",
    assetsInlineLimit: 0, // the content security policy allows no data: scripts or styles
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1024,
  },
});

/** Names what is built; a checkout without history is just named so. */
function commit(): string {
  try {
    return execFileSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  } catch {
    return "local";
  }
}

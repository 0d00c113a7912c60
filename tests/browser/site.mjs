// Where the built page is, and a server for copies of it in other places.
import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

/** Where the built page is served; `cargo xtask test browser` sets it. */
export const url = process.env.BACKLAB_URL ?? "http://127.0.0.1:8080/";

/** The folder of the built page. */
export const dist = process.env.BACKLAB_DIST ?? fileURLToPath(new URL("../../dist/", import.meta.url));

const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".wasm": "application/wasm",
  ".json": "application/json",
};

/** Serves a folder on this machine below `path`, and nothing above it. Gives `{ url, close }`. */
export async function serve(folder, path) {
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, "http://localhost");
    const inside = pathname.startsWith(path) ? pathname.slice(path.length) || "index.html" : "";
    const file = join(folder, normalize(join("/", decodeURIComponent(inside))));
    try {
      const body = inside ? await readFile(file) : null;
      response.writeHead(body ? 200 : 404, { "Content-Type": TYPES[extname(file)] ?? "text/plain; charset=utf-8" });
      response.end(body ?? "There is nothing here.");
    } catch {
      response.writeHead(404, { "Content-Type": "text/plain" }).end("There is no such file.");
    }
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const close = () => new Promise((done) => server.close(done).closeAllConnections());
  return { url: `http://127.0.0.1:${server.address().port}${path}`, close };
}

/** A file of the built page as text. */
export async function text(path) {
  const response = await fetch(new URL(path, url));
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return response.text();
}

/** The ids of all labs with their paths below `labs/`. */
export async function labPaths() {
  const { labs } = JSON.parse(await text("labs/index.json"));
  return Object.fromEntries(Object.entries(labs).map(([id, lab]) => [id, lab.path]));
}

// Our API where it runs in the page: in a worker.
import start from "./requests.js";

await start();
globalThis.onmessage = ({ data: [id, method, url] }) => {
  globalThis.postMessage([id, globalThis.backlabRequest(method, url)]);
};
globalThis.postMessage("ready");

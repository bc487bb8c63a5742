// Python in a thread of its own: the page stays alive while it computes.
import { loadPyodide } from "../pyodide/pyodide.mjs";

const at = (name) => new URL(name, import.meta.url);

async function boot() {
  const text = async (name) => (await fetch(at(name))).text();
  const bytes = async (name) => (await fetch(at(name))).arrayBuffer();
  const [python, rooms, explore, head, wheel] = await Promise.all([
    loadPyodide({ indexURL: at("../pyodide/").href }),
    bytes("factrank.zip"),
    text("explore.py"),
    text("head.py"),
    bytes("flint.whl"),
  ]);
  const home = python.runPython("import site; site.getsitepackages()[0]");
  python.unpackArchive(wheel, "wheel");
  python.unpackArchive(rooms, "zip", { extractDir: home });
  python.FS.writeFile(`${home}/explore.py`, explore);
  python.FS.writeFile(`${home}/head.py`, head);
  return {
    explore: python.runPython("from explore import answer; answer"),
    head: python.runPython("from head import answer; answer"),
  };
}

const ready = boot();
ready.then(
  () => postMessage({ ready: true }),
  (error) => postMessage({ failed: String(error).trim().split("\n").pop() }),
);
addEventListener("message", async ({ data: { id, room, request } }) => {
  try {
    postMessage({ id, answer: (await ready)[room](request) });
  } catch (error) {
    postMessage({ id, answer: JSON.stringify({ error: String(error).trim().split("\n").pop() }) });
  }
});

// Python in a thread of its own: the page stays alive while it computes.
import { loadPyodide } from "../pyodide/pyodide.mjs";

const at = (name) => new URL(name, import.meta.url);
const stage = (text, done) => postMessage({ stage: { text, done, of: 3 } });

async function boot() {
  const text = async (name) => (await fetch(at(name))).text();
  const bytes = async (name) => (await fetch(at(name))).arrayBuffer();
  const [python, rooms, explore, head, wheel] = await Promise.all([
    loadPyodide({ indexURL: at("../pyodide/").href }).then((it) => {
      stage("Python is there, loading factrank", 1);
      return it;
    }),
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
  stage("Starting factrank", 2);
  // A room is imported at its first question.
  const room = (name) => {
    let answer = null;
    return (...asked) => (answer ??= python.runPython(`from ${name} import answer; answer`))(...asked);
  };
  const onFacts = python.runPython("from explore import answer; answer");
  const [onHead, onExercise] = [room("head"), room("companion.exercises")];
  return {
    explore: (request, tell, data) => onFacts(request, tell, python.toPy(new Uint8Array(data ?? 0))),
    head: (request) => onHead(request),
    exercise: (request) => onExercise(request),
  };
}

const ready = boot();
ready.then(
  () => postMessage({ ready: true }),
  (error) => postMessage({ failed: String(error).trim().split("\n").pop() }),
);
addEventListener("message", async ({ data: { id, room, request, data } }) => {
  const tell = (line) => { postMessage({ id, tell: line }); };
  try {
    postMessage({ id, answer: (await ready)[room](request, tell, data) });
  } catch (error) {
    postMessage({ id, answer: JSON.stringify({ error: String(error).trim().split("\n").pop() }) });
  }
});

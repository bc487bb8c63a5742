// The page's side of Python: started at the first question, asked, heard, and stopped.
"use strict";
(() => {
  const { get, heard, say } = Explorer;
  const home = document.currentScript.src;
  const AFTER = 400; // milliseconds before the bar is shown
  let worker = null, ready = null, fail = null, up = false, stage = null, last = 0;
  const waiting = new Map(); // id -> { heard, failed, doing, seconds, since, told }

  const FILE = say("A page opened as a file may not start Python. Serve the folder of the book instead: " +
    "python3 -m http.server --directory build/_build/html, then open " +
    "http://localhost:8000/book/explorer.html.").replace("explorer.html", location.pathname.split("/").pop());
  const ABSENT = say("Python did not start: this copy of the book was built without a network and holds none. " +
    "In a terminal, factrank explain FACTS says the same.");

  function start() {
    ready ??= new Promise((done, failed) => {
      fail = failed;
      if (location.protocol === "file:") return failed(new Error(FILE));
      stage = { text: "Loading Python, 20 MB from this site", done: 0, of: 3 };
      worker = new Worker(new URL("worker.js", home), { type: "module" });
      worker.onerror = () => end(new Error(ABSENT));
      worker.onmessage = ({ data }) => hear(data, done);
    }).catch((error) => { ready = null; throw error; });
    return ready;
  }

  function hear(data, done) {
    if (data.ready) {
      up = true;
      get("state").textContent = say("Python is running in this page.");
      done();
    }
    else if (data.failed) end(new Error(say("Python did not start: {why}.", { why: data.failed })));
    else if (data.stage) stage = data.stage;
    else if (data.tell) { const it = waiting.get(data.id); if (it) it.told = data.tell; }
    else waiting.get(data.id)?.heard(JSON.parse(data.answer));
    show();
  }

  function end(error) {
    worker?.terminate();
    worker = null; ready = null; up = false;
    fail?.(error);
    for (const it of [...waiting.values()]) it.failed(error);
  }

  // What was under way is lost, and the next question finds Python started.
  function stop() {
    const warm = up;
    end(Object.assign(new Error(say("Stopped.")), { stopped: true }));
    if (warm) start().catch(() => {});
  }

  async function ask(room, request, { data, doing = say("Computing"), seconds } = {}) {
    last += 1;
    const id = last;
    try {
      return await new Promise((heard, failed) => {
        waiting.set(id, { heard, failed, doing, seconds, since: performance.now() });
        setTimeout(show, AFTER);
        start().then(() => {
          if (!waiting.has(id)) return;
          waiting.get(id).since = performance.now();
          worker.postMessage({ id, room, request: JSON.stringify(request), data });
        }, failed);
      });
    } finally {
      waiting.delete(id);
      show();
    }
  }

  // ---- the bar ----

  let clock;

  function show() {
    const tasks = [...waiting.values()], now = performance.now();
    const slow = tasks.filter((it) => now - it.since >= AFTER || !up);
    const box = get("busy");
    if (slow.length && !clock) clock = setInterval(show, 250);
    if (!tasks.length) { clearInterval(clock); clock = null; }
    box.hidden = !slow.length;
    if (!slow.length) return;
    const it = slow.find((task) => task.seconds) ?? slow[0], bar = get("bar");
    if (!up) {
      said(heard(stage.text));
      [bar.max, bar.value] = [stage.of, stage.done];
    } else if (it.seconds) {
      said(doing(it));
      [bar.max, bar.value] = [it.seconds, Math.min(it.seconds, (now - it.since) / 1000)];
    } else {
      said(doing(it));
      bar.removeAttribute("value");
    }
  }

  const doing = (it) => (it.told ? say("{doing} ({told})", { doing: it.doing, told: heard(it.told) }) : it.doing);

  // The same words again would be read out again.
  function said(text) {
    const it = get("doing");
    if (it.textContent !== text) it.textContent = text;
  }

  get("stop").addEventListener("click", stop);
  Explorer.python = { ask, FILE };
})();

// Facts in the address of the page: ?facts=Ann,likes,tea and so on, one fact a line.
"use strict";
(() => {
  const { get, say, table } = Explorer;
  const READ = 30_000, WRITTEN = 8_000; // characters; many programs cut longer addresses

  // The facts that this page was opened with, as a table; null for none.
  function facts() {
    const text = new URLSearchParams(location.search).get("facts");
    if (text === null) return null;
    if (text.length > READ)
      throw new Error(say("found {n} characters, expected at most {most}.", { n: text.length, most: READ }));
    return `${table.HEADER}\n${text}\n`;
  }

  const encoded = (text) => encodeURIComponent(text).replaceAll("%2C", ",").replaceAll("%20", "+");

  async function link() {
    const address = new URL(location.href);
    address.search = `?facts=${encoded(table.written(table.rows()).join("\n"))}`;
    address.hash = "";
    const size = address.href.length;
    if (size > WRITTEN)
      return say("These facts make an address of {size} characters, more than many programs pass on " +
        "({most}). Save the table instead.", { size, most: WRITTEN });
    try {
      history.replaceState(null, "", address);
    } catch {
      return say("This browser does not change the address of a page opened as a file.");
    }
    try {
      await navigator.clipboard.writeText(address.href);
      return say("The address of this page now holds these facts, and is copied.");
    } catch {
      return say("The address of this page now holds these facts: copy it from above.");
    }
  }

  get("link").addEventListener("click", async () => { get("linked").textContent = await link(); });
  Explorer.address = { facts };
})();

// What an author's hands do in the Routes panel: a snippet takes the place of what it replaces.

/** The text of a world with the routes, tables and root keys of a snippet. */
export function merge(world, snippet) {
  let sections = split(world);
  // A whole topology takes the place of the one before.
  if (/^\[topology\]/m.test(snippet)) sections = sections.filter(({ name }) => !/^\[+topology/.test(name));
  const replaced = new Set();
  for (const section of split(snippet)) {
    const kept = section.name === "[world]" && /only_routes\s*=\s*\[([^\]]*)\]/.exec(section.text);
    if (kept) {
      const names = kept[1].match(/"[^"]*"/g)?.map((name) => name.slice(1, -1)) ?? [];
      sections = sections.filter(({ text, name }) => !text.startsWith("[[route]]") || names.includes(name));
      continue;
    }
    if (section.name === "") {
      for (const line of section.text.split("\n").filter((line) => line.includes("="))) {
        sections[0].text = withKey(sections[0].text, line);
      }
      continue;
    }
    // A table goes with all that is below it, however many texts of the snippet take its place.
    const root = rootOf(section.name);
    if (root && !replaced.has(root)) {
      replaced.add(root);
      sections = sections.filter(({ name }) => rootOf(name) !== root);
    }
    const same = !root && sections.find((other) => other.name === section.name);
    if (same) same.text = section.text;
    else sections.push(section);
  }
  return sections.map((section) => section.text).join("\n");
}

/** `rate_limit` of `[rate_limit]` and `[[rate_limit.policy]]`; none of a route or what goes by its name. */
function rootOf(name) {
  const root = /^\[+([\w-]+)/.exec(name)?.[1];
  return root === "route" || root === "topology" ? undefined : root;
}

/** Root keys first, then each table with its name; a route's name is its method, path and version. */
function split(text) {
  const sections = [{ lines: [] }];
  for (const line of text.split("\n")) {
    if (/^\[/.test(line)) sections.push({ head: line.trim(), lines: [] });
    sections.at(-1).lines.push(line);
  }
  return sections.map(({ head, lines }) => {
    const text = lines.join("\n");
    const value = (key) => new RegExp(`^${key}\\s*=\\s*"?(.*?)"?\\s*(#.*)?$`, "m").exec(text)?.[1];
    const version = value("version") ? ` version ${value("version")}` : "";
    // Clients, parts and promises go by their names; a fault without one by what it is, whom it hits and when.
    const words = value("name") ?? ["kind", "part", "at_s", "client"].map(value).join(" ");
    const node = /^\[\[topology\./.test(head ?? "") ? ` ${words}` : "";
    const name = head === "[[route]]" ? `${value("method")} ${value("path")}${version}` : head;
    return { name: (name ?? "") + node, text };
  });
}

function withKey(text, line) {
  const key = line.split("=")[0].trim();
  const old = new RegExp(`^${key}\\s*=.*$`, "m");
  return old.test(text) ? text.replace(old, () => line) : `${line}\n${text}`;
}

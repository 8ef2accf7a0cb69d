// What scripts of Octopus Deploy find, for Node.js.
const fs = require("node:fs");
const path = require("node:path");

const variables = JSON.parse(fs.readFileSync(path.join(__dirname, "variables.json"), "utf8"));
const byLowerName = new Map(Object.entries(variables).map(([name, value]) => [name.toLowerCase(), value]));

const encode = (text) => Buffer.from(String(text), "utf8").toString("base64");
const print = (line) => fs.writeSync(1, `${line}\n`);
const message = (name, values) =>
  print(`##octopus[${name}${Object.entries(values).map(([key, value]) => ` ${key}='${encode(value)}'`).join("")}]`);
const printAs = (level) => (text) => {
  print(`##octopus[stdout-${level}]`);
  print(text);
  print("##octopus[stdout-default]");
};

Object.assign(globalThis, {
  octopusVariables: variables,
  getOctopusVariable: (name) => {
    const value = byLowerName.get(name.toLowerCase());
    // It may be missing because the step may not read it: the step says so.
    if (value === undefined) fs.writeSync(2, `##octopus[wharf-unknownVariable name='${encode(name)}']\n`);
    return value;
  },
  setOctopusVariable: (name, value, sensitive = false) =>
    message("setVariable", sensitive ? { name, value, sensitive: "True" } : { name, value }),
  newOctopusArtifact: (file, name = path.basename(file)) =>
    message("createArtifact", { path: path.resolve(file), name }),
  updateProgress: (percentage, text = "") => message("progress", { percentage, message: text }),
  writeVerbose: printAs("verbose"),
  writeHighlight: printAs("highlight"),
  writeWait: printAs("wait"),
  writeWarning: printAs("warning"),
  writeError: printAs("error"),
  failStep: (text) => {
    if (text) message("resultMessage", { message: text });
    process.exit(1);
  },
});

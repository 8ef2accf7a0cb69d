// A step in JavaScript from the WIT alone.
import { log, output } from "wharf:step/report@0.1.0";

export const step = {
  describe() {
    return JSON.stringify({
      name: "greet-javascript",
      version: "0.1.0",
      summary: "Greets somebody, in JavaScript.",
      inputs: {
        type: "object",
        properties: { name: { type: "string", description: "Who is greeted." } },
        required: ["name"],
        additionalProperties: false,
      },
      outputs: { type: "object", properties: { greeting: { type: "string" } } },
    });
  },

  run(inputs) {
    const { name } = JSON.parse(inputs);
    if (name === "") {
      // A thrown record is the error of the result; an `Error` would be a trap.
      throw { code: "invalid", message: "the name is empty: say who is greeted", detail: '{"input":"/name"}' };
    }
    const greeting = `hello, ${name}`;
    log("info", greeting, []);
    output("greeting", JSON.stringify(greeting), false);
  },
};

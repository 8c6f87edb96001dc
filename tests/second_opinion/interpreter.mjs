// Runs state machines for Python, which is asked to do what a Task's resource does. One line of JSON for each message:
//   in:  {start, definition, input, context}   {stop}   {answer, result} or {answer, error, cause}
//   out: {execution, entered, type}   {execution, task, resource, parameters, token, timeout}
//        {execution, output} or {execution, error, cause}

import { randomUUID } from "node:crypto";
import { createInterface } from "node:readline";
import { loadCorrected } from "./corrections.mjs";

const { StateMachine } = loadCorrected();
const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);
const valid = new Set();
const running = new Map();
const asked = new Map();

function start({ start: execution, definition: text, input, context }) {
  const definition = JSON.parse(text);
  const machine = new StateMachine(definition, { validationOptions: { noValidate: valid.has(text) } });
  valid.add(text);

  const tasks = Object.entries(definition.States).filter(([, state]) => state.Type === "Task");

  // The interpreter looks a state up when it enters it, and reads the context when it needs it.
  let now = { name: "", at: "" };
  definition.States = new Proxy(definition.States, {
    get(states, name) {
      if (Object.hasOwn(states, name)) {
        now = { name, at: new Date().toISOString() };
        say({ execution, entered: name, type: states[name].Type });
      }
      return states[name];
    },
  });
  let token = "";
  const live = {
    ...context,
    State: { get Name() { return now.name; }, get EnteredTime() { return now.at; } },
    Task: { get Token() { return (token = randomUUID()); } },
  };

  const taskResourceLocalHandlers = Object.fromEntries(
    tasks.map(([state, { Resource: resource }]) => [
      state,
      (parameters, timeout) =>
        new Promise((resolve, reject) => {
          const task = randomUUID();
          asked.set(task, { resolve, reject });
          say({ execution, task, resource, parameters, token, timeout });
        }),
    ]),
  );
  // Retries are made as the file says, but nobody waits for them.
  const retryIntervalOverrides = Object.fromEntries(tasks.map(([state]) => [state, 0]));

  const run = machine.run(input, { context: live, overrides: { taskResourceLocalHandlers, retryIntervalOverrides } });
  running.set(execution, run);
  run.result
    .then(
      (output) => say({ execution, output }),
      ({ cause: error, message }) => say({ execution, error: error?.name ?? "States.Runtime", cause: error?.message ?? message }),
    )
    .finally(() => running.delete(execution));
}

function answered({ answer, result, error, cause }) {
  const { resolve, reject } = asked.get(answer);
  asked.delete(answer);
  if (error === undefined) resolve(result);
  else reject(Object.assign(new Error(cause), { name: error }));
}

createInterface({ input: process.stdin }).on("line", (line) => {
  const message = JSON.parse(line);
  if ("start" in message) start(message);
  else if ("answer" in message) answered(message);
  else running.get(message.stop)?.abort();
}).on("close", () => process.exit(0));

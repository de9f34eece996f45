// The Node.js runtime: asks the Runtime API for events and gives them to the handler.
import { writeSync } from "node:fs";
import { existsSync } from "node:fs";
import http from "node:http";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { format } from "node:util";

const API = "/2018-06-01/runtime";
const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(":");
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
let requestId = "";

function writeEvent(text) {
  let data = Buffer.from(text, "utf8");
  data = text.includes("\n")
    ? Buffer.concat([Buffer.from(`\x1e${data.length}\n`), data, Buffer.from("\n")])
    : Buffer.concat([data, Buffer.from("\n")]);
  for (let at = 0; at < data.length; ) {
    try {
      at += writeSync(1, data, at);
    } catch (error) {
      if (error.code !== "EAGAIN") return;
    }
  }
}

const levels = { trace: "TRACE", debug: "DEBUG", log: "INFO", info: "INFO", warn: "WARN", error: "ERROR" };
for (const [method, level] of Object.entries(levels)) {
  console[method] = (...items) => {
    writeEvent(`${new Date().toISOString()}\t${requestId || "undefined"}\t${level}\t${format(...items)}`);
  };
}

function call(method, place, body, headers = {}) {
  return new Promise((resolve, reject) => {
    if (body !== undefined) headers["Content-Length"] = Buffer.byteLength(body);
    const request = http.request({ host, port, method, path: API + place, headers, agent }, (answer) => {
      const parts = [];
      answer.on("data", (part) => parts.push(part));
      answer.on("end", () => resolve({ status: answer.statusCode, headers: answer.headers, body: Buffer.concat(parts) }));
      answer.on("error", reject);
    });
    request.on("error", reject);
    request.end(body);
  });
}

function failure(error) {
  if (error instanceof Error) {
    return { errorType: error.name, errorMessage: error.message, trace: (error.stack ?? "").split("\n") };
  }
  return { errorType: typeof error, errorMessage: String(error), trace: [] };
}

function named(name, message) {
  const error = new Error(message);
  error.name = name;
  error.stack = `${name}: ${message}`;
  return error;
}

async function post(place, error) {
  const shown = failure(error);
  const type = shown.errorType.replace(/[^\x20-\x7e]/g, "?");
  await call("POST", place, JSON.stringify(shown), {
    "Content-Type": "application/json",
    "Lambda-Runtime-Function-Error-Type": type,
  });
}

async function load(text) {
  const root = process.env.LAMBDA_TASK_ROOT;
  const base = path.basename(text);
  const dot = base.indexOf(".");
  if (dot < 1) throw named("Runtime.MalformedHandlerName", "Bad handler");
  if (text.includes("..")) throw named("Runtime.MalformedHandlerName", `'${text}' is not a valid handler name. Use absolute paths when specifying root directories in handler names.`);
  const module = path.join(path.dirname(text), base.slice(0, dot));
  const places = ["", ".js", ".mjs", ".cjs"].map((ending) => path.resolve(root, module) + ending);
  const found = places.slice(1).find((place) => existsSync(place));
  if (!found) {
    throw named("Runtime.ImportModuleError", `Error: Cannot find module '${path.basename(module)}'\nRequire stack:\n- /var/runtime/index.mjs`);
  }
  let loaded;
  try {
    loaded = await import(pathToFileURL(found));
  } catch (error) {
    if (error instanceof SyntaxError) throw named("Runtime.UserCodeSyntaxError", `SyntaxError: ${error.message}`);
    if (error?.code === "ERR_MODULE_NOT_FOUND" || error?.code === "MODULE_NOT_FOUND") {
      throw named("Runtime.ImportModuleError", `Error: ${error.message}`);
    }
    throw error;
  }
  const names = base.slice(dot + 1).split(".");
  const pick = (from) => names.reduce((value, name) => value?.[name], from);
  const handler = pick(loaded) ?? pick(loaded.default);
  if (handler === undefined) throw named("Runtime.HandlerNotFound", `${text} is undefined or not exported`);
  if (typeof handler !== "function") throw named("Runtime.HandlerNotFound", `${text} is not a function`);
  return handler;
}

function run(handler, event, context) {
  return new Promise((resolve, reject) => {
    let waits = true;
    const settle = (error, value) => (error == null ? resolve(value) : reject(error));
    const callback = (error, value) => {
      // An error or a callback that need not wait is said at once; else once nothing is left to do.
      if (error != null || !waits) return settle(error, value);
      process.removeAllListeners("beforeExit");
      process.once("beforeExit", () => settle(null, value));
    };
    Object.defineProperty(context, "callbackWaitsForEmptyEventLoop", {
      enumerable: true, get: () => waits, set: (value) => { waits = Boolean(value); },
    });
    context.done = callback;
    context.succeed = (value) => settle(null, value);
    context.fail = (error) => settle(error ?? new Error("handled"));
    process.removeAllListeners("beforeExit");
    process.once("beforeExit", () => settle(null, null));
    const result = handler(event, context, callback);
    if (typeof result?.then === "function") result.then((value) => settle(null, value), (error) => settle(error ?? new Error("null")));
    else if (handler.length < 3 && result !== undefined) settle(null, result);
  });
}

function contextOf(headers) {
  const env = process.env;
  const deadline = Number(headers["lambda-runtime-deadline-ms"]);
  const client = headers["lambda-runtime-client-context"];
  const identity = headers["lambda-runtime-cognito-identity"];
  return {
    functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION,
    functionName: env.AWS_LAMBDA_FUNCTION_NAME,
    memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME,
    clientContext: client ? JSON.parse(client) : undefined,
    identity: identity ? JSON.parse(identity) : undefined,
    invokedFunctionArn: headers["lambda-runtime-invoked-function-arn"],
    awsRequestId: headers["lambda-runtime-aws-request-id"],
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
  };
}

function fatal(kind) {
  return async (error) => {
    const shown = kind === "unhandledRejection"
      ? Object.assign(named("Runtime.UnhandledPromiseRejection", String(error)), { reason: error })
      : error;
    console.error(kind === "unhandledRejection" ? "Unhandled Promise Rejection" : "Uncaught Exception", JSON.stringify(failure(shown)));
    try {
      await post(requestId ? `/invocation/${requestId}/error` : "/init/error", shown);
    } finally {
      process.exit(kind === "unhandledRejection" ? 128 : 129);
    }
  };
}

async function serve(handler) {
  const { status, headers, body } = await call("GET", "/invocation/next");
  if (status !== 200) process.exit(1);
  requestId = headers["lambda-runtime-aws-request-id"];
  if (headers["lambda-runtime-trace-id"]) process.env._X_AMZN_TRACE_ID = headers["lambda-runtime-trace-id"];
  else delete process.env._X_AMZN_TRACE_ID;
  try {
    const value = await run(handler, JSON.parse(body.toString("utf8")), contextOf(headers));
    process.removeAllListeners("beforeExit");
    const text = JSON.stringify(value === undefined ? null : value);
    await call("POST", `/invocation/${requestId}/response`, text ?? "null", { "Content-Type": "application/json" });
  } catch (error) {
    process.removeAllListeners("beforeExit");
    console.error("Invoke Error", `\t${JSON.stringify(failure(error))}`);
    await post(`/invocation/${requestId}/error`, error);
  }
  setImmediate(serve, handler);
}

process.on("uncaughtException", fatal("uncaughtException"));
process.on("unhandledRejection", fatal("unhandledRejection"));
try {
  const handler = await load(process.env._HANDLER);
  setImmediate(serve, handler);
} catch (error) {
  console.error("Uncaught Exception", `\t${JSON.stringify(failure(error))}`);
  await post("/init/error", error);
  process.exit(1);
}

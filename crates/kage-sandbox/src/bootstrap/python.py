"""The Python runtime: asks the Runtime API for events and gives them to the handler."""
import builtins
import http.client
import importlib
import json
import logging
import os
import sys
import time
import traceback
import types

API = "/2018-06-01/runtime"


def write_event(text):
    """Writes text that may have several lines as one log event."""
    data = text.encode("utf-8", "replace")
    sys.stdout.flush()
    sys.stderr.flush()
    if b"\n" in data.rstrip(b"\n"):
        data = data.rstrip(b"\n")
        data = b"\x1e%d\n%s\n" % (len(data), data)
    elif not data.endswith(b"\n"):
        data += b"\n"
    while data:
        data = data[os.write(1, data):]


class Cognito:
    __slots__ = ("cognito_identity_id", "cognito_identity_pool_id")

    def __init__(self, given):
        self.cognito_identity_id = given.get("cognitoIdentityId")
        self.cognito_identity_pool_id = given.get("cognitoIdentityPoolId")

    def __repr__(self):
        return "CognitoIdentity([cognito_identity_id=%s,cognito_identity_pool_id=%s])" % (
            self.cognito_identity_id, self.cognito_identity_pool_id)


class Client:
    __slots__ = ("installation_id", "app_title", "app_version_name", "app_version_code", "app_package_name")

    def __init__(self, given):
        for name in self.__slots__:
            setattr(self, name, given.get(name))


class ClientContext:
    __slots__ = ("custom", "env", "client")

    def __init__(self, given):
        self.client = Client(given.get("client") or {})
        self.custom = given.get("custom")
        self.env = given.get("env")


class LambdaContext:
    """What a handler may ask about its invocation."""

    def __init__(self, request_id, arn, deadline_ms, client_context, identity):
        self.aws_request_id = request_id
        self.log_group_name = os.environ.get("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = os.environ.get("AWS_LAMBDA_LOG_STREAM_NAME")
        self.function_name = os.environ.get("AWS_LAMBDA_FUNCTION_NAME")
        self.memory_limit_in_mb = os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
        self.function_version = os.environ.get("AWS_LAMBDA_FUNCTION_VERSION")
        self.invoked_function_arn = arn
        self.tenant_id = None
        self.client_context = ClientContext(client_context) if client_context else None
        self.identity = Cognito(identity or {})
        self._epoch_deadline_time_in_ms = deadline_ms

    def get_remaining_time_in_millis(self):
        return max(0, int(self._epoch_deadline_time_in_ms - int(time.time() * 1000)))

    def log(self, message):
        write_event(str(message))

    def __repr__(self):
        names = ("aws_request_id", "log_group_name", "log_stream_name", "function_name", "memory_limit_in_mb",
                 "function_version", "invoked_function_arn", "client_context", "identity", "tenant_id")
        return "LambdaContext([%s])" % ",".join("%s=%s" % (name, getattr(self, name)) for name in names)


class Records(logging.Formatter):
    """Log records as Lambda shows them: level, time, request, message."""

    converter = time.gmtime
    request_id = ""

    def __init__(self):
        super().__init__("[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s",
                         "%Y-%m-%dT%H:%M:%S")

    def format(self, record):
        record.aws_request_id = Records.request_id
        return super().format(record) + "\n"


class Output(logging.Handler):
    def emit(self, record):
        try:
            write_event(self.format(record))
        except Exception:
            self.handleError(record)


class Runtime:
    def __init__(self, address):
        self.address = address
        self.connection = None

    def call(self, method, path, body=None, headers=None):
        if self.connection is None:
            self.connection = http.client.HTTPConnection(self.address)
        self.connection.request(method, API + path, body, headers or {})
        answer = self.connection.getresponse()
        return answer, answer.read()

    def next(self):
        answer, body = self.call("GET", "/invocation/next")
        if answer.status != 200:
            sys.exit(1)
        return answer.headers, body

    def post(self, path, value, error_type=None):
        body = value if isinstance(value, bytes) else json.dumps(value).encode()
        headers = {"Content-Type": "application/json"}
        if error_type:
            headers["Lambda-Runtime-Function-Error-Type"] = error_type
        self.call("POST", path, body, headers)


def failure(message, kind, trace, request_id):
    return {"errorMessage": message, "errorType": kind, "requestId": request_id, "stackTrace": trace}


def show(error):
    """Writes an error to the log as one event."""
    text = "[ERROR]"
    if error["errorType"]:
        text += " %s" % error["errorType"]
        if error["errorMessage"]:
            text += ": %s" % error["errorMessage"]
    elif error["errorMessage"]:
        text += " %s" % error["errorMessage"]
    if error["stackTrace"]:
        text += "\nTraceback (most recent call last):\n" + "".join(error["stackTrace"])
    write_event(text)


class Refused(Exception):
    def __init__(self, kind, message, trace=()):
        super().__init__(message)
        self.kind, self.message, self.trace = kind, message, list(trace)


def load(name):
    """The handler of `folder/module.function`."""
    place, dot, function = name.rpartition(".")
    if not dot:
        raise Refused("Runtime.MalformedHandlerName",
                      "Bad handler '%s': not enough values to unpack (expected 2, got 1)" % name)
    module_name = place.replace("/", ".")
    if module_name.split(".")[0] in sys.builtin_module_names:
        raise Refused("Runtime.BuiltInModuleConflict", "Cannot use built-in module %s as a handler module" % place)
    try:
        module = importlib.import_module(module_name)
    except ImportError as error:
        raise Refused("Runtime.ImportModuleError", "Unable to import module '%s': %s" % (place, error))
    except SyntaxError as error:
        trace = ['  File "%s" Line %s\n    %s' % (error.filename, error.lineno, error.text)]
        raise Refused("Runtime.UserCodeSyntaxError", "Syntax error in module '%s': %s" % (place, error), trace)
    try:
        return getattr(module, function)
    except AttributeError:
        raise Refused("Runtime.HandlerNotFound", "Handler '%s' missing on module '%s'" % (function, place))


def trace_of(kind, value, trace):
    """The frames of the function's own code."""
    frames = traceback.extract_tb(trace)
    own = [frame for frame in frames if frame.filename != __file__ and not frame.filename.startswith("<frozen importlib")]
    return traceback.format_list(own)


def encode(value):
    def number(item):
        if isinstance(item, __import__("decimal").Decimal):
            return float(item)
        raise TypeError("Object of type %s is not JSON serializable" % type(item).__name__)
    return json.dumps(value, ensure_ascii=False, default=number).encode("utf-8")


def answer(runtime, handler, headers, body):
    request_id = headers["Lambda-Runtime-Aws-Request-Id"]
    Records.request_id = request_id
    trace_id = headers.get("Lambda-Runtime-Trace-Id")
    if trace_id:
        os.environ["_X_AMZN_TRACE_ID"] = trace_id
    else:
        os.environ.pop("_X_AMZN_TRACE_ID", None)
    client = headers.get("Lambda-Runtime-Client-Context")
    identity = headers.get("Lambda-Runtime-Cognito-Identity")
    try:
        event = json.loads(body)
    except ValueError as error:
        problem = failure("Unable to unmarshal input: %s" % error, "Runtime.UnmarshalError", [], request_id)
        show(problem)
        return runtime.post("/invocation/%s/error" % request_id, problem, problem["errorType"])
    try:
        context = LambdaContext(request_id, headers["Lambda-Runtime-Invoked-Function-Arn"],
                                int(headers["Lambda-Runtime-Deadline-Ms"]),
                                json.loads(client) if client else None,
                                json.loads(identity) if identity else None)
        result = handler(event, context)
    except Exception:
        kind, value, trace = sys.exc_info()
        problem = failure(str(value), kind.__name__, trace_of(kind, value, trace), request_id)
        show(problem)
        return runtime.post("/invocation/%s/error" % request_id, problem, problem["errorType"])
    try:
        data = encode(result)
    except Exception as error:
        problem = failure("Unable to marshal response: %s" % error, "Runtime.MarshalError", [], request_id)
        show(problem)
        return runtime.post("/invocation/%s/error" % request_id, problem, problem["errorType"])
    sys.stdout.flush()
    sys.stderr.flush()
    runtime.post("/invocation/%s/response" % request_id, data)


def paths():
    """Where modules are looked for: the function, its layers, Python's own, and the packages of the host's setting."""
    version = "python%d.%d" % sys.version_info[:2]
    first = [os.environ["LAMBDA_TASK_ROOT"], "/opt/python/lib/%s/site-packages" % version, "/opt/python"]
    own = [place for place in sys.path if place not in ("", os.path.dirname(os.path.abspath(__file__)))]
    extra = os.environ.pop("KAGE_PACKAGES", "")
    layers = os.environ.pop("KAGE_OPT", "")
    if layers:
        first[1:] = [layers + "/python/lib/%s/site-packages" % version, layers + "/python"]
    given = [place for place in os.environ.get("PYTHONPATH", "").split(":") if place]
    sys.path[:] = first + [place for place in given + own if place not in first] + [extra] * bool(extra)


def main():
    runtime = Runtime(os.environ["AWS_LAMBDA_RUNTIME_API"])
    paths()
    # A handler's own module named like this one must not find this one.
    sys.modules["bootstrap"] = sys.modules.pop("__main__")
    sys.modules["__main__"] = types.ModuleType("__main__")
    sys.stdout.reconfigure(line_buffering=True, errors="replace")
    sys.stderr.reconfigure(line_buffering=True, errors="replace")
    output = Output()
    output.setFormatter(Records())
    logging.getLogger().addHandler(output)
    try:
        handler = load(os.environ["_HANDLER"])
    except Refused as refused:
        problem = failure(refused.message, refused.kind, refused.trace, "")
    except Exception:
        kind, value, trace = sys.exc_info()
        problem = failure(str(value), kind.__name__, trace_of(kind, value, trace), "")
    else:
        while True:
            answer(runtime, handler, *runtime.next())
    show(problem)
    runtime.post("/init/error", problem, problem["errorType"])
    sys.exit(1)


main()

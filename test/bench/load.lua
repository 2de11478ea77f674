-- wrk's script: asks for what a file says, one request a line (path, tab, cookie or nothing), in turn from a place that
-- each thread draws, and ends with one line of JSON. Answers other than 200 are counted, whatever they are.
local threads = {}

function setup(thread)
  table.insert(threads, thread)
end

function init(args)
  requests = {}
  for line in io.lines(args[1]) do
    local path, cookie = line:match("^([^\t]+)\t?(.*)$")
    local headers = { ["Accept-Encoding"] = "gzip" }
    if cookie ~= "" then headers["Cookie"] = cookie end
    table.insert(requests, wrk.format("GET", path, headers))
  end
  math.randomseed(os.time() + tonumber(tostring({}):match("0x(%x+)"), 16) % 100000)
  next_one = math.random(#requests)
  other = 0
end

function request()
  next_one = next_one % #requests + 1
  return requests[next_one]
end

function response(status)
  if status ~= 200 then other = other + 1 end
end

function done(summary, latency)
  local other = 0
  for _, thread in ipairs(threads) do other = other + thread:get("other") end
  local lost = summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout
  io.write(string.format('\n{"requests":%d,"microseconds":%d,"p50":%d,"p95":%d,"failed":%d}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(95), other + lost))
end

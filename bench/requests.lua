-- wrk: goes through a file of requests ("METHOD PATH" a line) and counts the statuses it gets.
-- BENCH_REQUESTS names the file; with BENCH_PAUSE each connection rests between two requests, so
-- many milliseconds on average. The last line of the output is JSON; times are microseconds.

local threads, lines, place = {}, {}, 0
seen = {}

function setup(thread)
  table.insert(threads, thread)
end

function init(args)
  for line in io.lines(os.getenv("BENCH_REQUESTS")) do
    local method, path = line:match("^(%S+) (%S+)$")
    table.insert(lines, wrk.format(method, path))
  end
end

function request()
  place = place % #lines + 1
  return lines[place]
end

function response(status)
  seen[status] = (seen[status] or 0) + 1
end

local pause = tonumber(os.getenv("BENCH_PAUSE") or "0")
if pause > 0 then
  function delay()
    return math.random(0, 2 * pause)
  end
end

function done(summary, latency)
  local all, failed = {}, summary.errors
  for _, thread in ipairs(threads) do
    for status, count in pairs(thread:get("seen")) do
      all[status] = (all[status] or 0) + count
    end
  end
  local statuses = {}
  for status, count in pairs(all) do
    table.insert(statuses, string.format('"%d":%d', status, count))
  end
  io.write(string.format(
    '\n{"requests":%d,"duration":%d,"p50":%d,"p99":%d,"lost":%d,"statuses":{%s}}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    failed.connect + failed.read + failed.write + failed.timeout, table.concat(statuses, ",")))
end

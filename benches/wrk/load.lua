-- One thread of wrk, told after `--` what to send:
--
--   pages  PATH COOKIE                       the same page again and again
--   casts  LINES FIRST LAST BODY COOKIE      one ballot for each line of the file, none twice
--   logins PATH BODY                         wrong passwords from ever other addresses
--
-- In BODY and COOKIE, {token} and {csrf} stand for the line's own, {key} for a fresh form key, {n} for
-- a count. At the end one line beginning with BENCH is printed for bin/bench to read.
local ffi = require("ffi")
ffi.cdef [[ typedef struct { long sec; long nsec; } moment; int clock_gettime(int, moment *); ]]

local function seconds()
  local now = ffi.new("moment")
  ffi.C.clock_gettime(1, now)
  return tonumber(now.sec) + tonumber(now.nsec) / 1e9
end

local function filled(text, values)
  return (text:gsub("{(%w+)}", values))
end

local function read_lines(path, first, last)
  local lines, number = {}, 0
  for line in io.lines(path) do
    number = number + 1
    if number > last then break end
    if number >= first then
      local token, proposal, csrf = line:match("^(%S+)%s+(%S+)%s*(%S*)")
      lines[#lines + 1] = { token = token, path = proposal:gsub("/ballot$", "") .. "/ballot", csrf = csrf }
    end
  end
  return lines
end

local threads = {}
function setup(thread)
  threads[#threads + 1] = thread
end

local kind, page, lines, body, cookie
local form = { ["Content-Type"] = "application/x-www-form-urlencoded", ["Sec-Fetch-Site"] = "same-origin" }
local count = 0
ok, refused, busy, limited, other = 0, 0, 0, 0, 0 -- read by done() through the thread
first, last = 0, 0

function init(args)
  kind = args[1]
  if kind == "pages" then
    local headers = {}
    if args[3] and args[3] ~= "" then headers.Cookie = args[3] end
    page = wrk.format("GET", args[2], headers)
  elseif kind == "casts" then
    lines, body, cookie = read_lines(args[2], tonumber(args[3]), tonumber(args[4])), args[5], args[6]
  else
    page, body = args[2], args[3]
  end
end

local function next_cast()
  if count >= #lines then
    wrk.thread:stop()
    return wrk.format("GET", "/robots.txt")
  end
  count = count + 1
  local line = lines[count]
  line.key = string.format("%08x%024x", math.floor(first), count)
  form.Cookie = filled(cookie, line)
  return wrk.format("POST", line.path, form, filled(body, line))
end

local function next_login()
  count = count + 1
  form["X-Forwarded-For"] = string.format("10.%d.%d.%d", math.floor(count / 65536) % 256, math.floor(count / 256) % 256, count % 256)
  return wrk.format("POST", page, form, filled(body, { n = tostring(count), key = string.format("%032x", count) }))
end

function request()
  if first == 0 then first = seconds() end
  if kind == "pages" then return page end
  if kind == "casts" then return next_cast() end
  return next_login()
end

function response(status, headers)
  if kind == "casts" then
    local to = headers["Location"] or headers["location"] or ""
    if (status == 302 or status == 303) and not to:find("sign%-in") then ok = ok + 1
    elseif status == 503 then busy = busy + 1
    elseif status == 429 then limited = limited + 1
    elseif status >= 400 and status < 500 then refused = refused + 1
    else other = other + 1 end
  else
    if status == 200 then ok = ok + 1
    elseif status == 503 then busy = busy + 1
    elseif status == 429 then limited = limited + 1
    elseif status >= 400 and status < 500 then refused = refused + 1
    else other = other + 1 end
  end
  last = seconds()
end

function done(summary, latency)
  local thread = threads[1]
  local broken = summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout
  print(string.format(
    'BENCH {"ok":%d,"refused":%d,"busy":%d,"limited":%d,"other":%d,"broken":%d,"seconds":%.6f,"p50_ms":%.3f,"p99_ms":%.3f,"bytes":%d}',
    thread:get("ok"), thread:get("refused"), thread:get("busy"), thread:get("limited"), thread:get("other"), broken,
    thread:get("last") - thread:get("first"), latency:percentile(50) / 1000, latency:percentile(99) / 1000, summary.bytes))
end

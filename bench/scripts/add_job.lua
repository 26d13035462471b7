-- A job is added to a queue: names from keys and from a prefix among the arguments, a hash, a list, a
-- stream, the kind of script that queues are made of.
local rcall = redis.call
local prefix, name, data = ARGV[1], ARGV[2], ARGV[3]
local id = rcall('INCR', KEYS[2])
local key = prefix .. id
local meta = rcall('HMGET', KEYS[4], 'paused', 'concurrency', 'max')
if rcall('EXISTS', key) == 1 then return id .. '' end
rcall('HMSET', key, 'name', name, 'data', data, 'opts', cjson.encode({attempts = 3, backoff = {type = 'fixed'}}),
  'timestamp', 1700000000000, 'delay', 0, 'priority', 0)
rcall('XADD', KEYS[3], 'MAXLEN', '~', 10000, '*', 'event', 'added', 'jobId', id, 'name', name)
if not meta[1] then
  rcall('LPUSH', KEYS[1], id)
  local waiting = rcall('LRANGE', KEYS[1], 0, 30)
  for i = 1, #waiting do
    local n = tonumber(waiting[i])
    if n and n < 0 then rcall('LREM', KEYS[1], 1, waiting[i]) end
  end
end
rcall('XADD', KEYS[3], 'MAXLEN', '~', 10000, '*', 'event', 'waiting', 'jobId', id)
return id .. ''

/** What each script begins with: a space's keys. */
const script = (body: string): string =>
  `local mark, states, expiries = KEYS[1], { a = KEYS[2], b = KEYS[3] }, { a = KEYS[4], b = KEYS[5] }\n${body}`;

/** Within a script: puts or removes one entity. Gives how many states are new. */
const PUT = `
local function put(side, key, state, expires)
  if state == '' then
    redis.call('zrem', expiries[side], key)
    return -redis.call('hdel', states[side], key)
  end
  if expires == '' then redis.call('zrem', expiries[side], key)
  else redis.call('zadd', expiries[side], expires, key) end
  return redis.call('hset', states[side], key, state)
end`;

/** Within a script: the side to fill. */
const FILLED = `
local live = redis.call('hget', mark, 'side')
local side = live == 'a' and 'b' or 'a'`;

/** The field of a side's states that says where they stand. It goes where they go, so that they can never be read without it. No entity has it: their keys begin with = or #. */
export const STANDING = '!coverage';

// Redis runs each as one step, between those of all others. Whether there is memory for it is asked at its first write alone, and only when that
// can need some; so what writes states begins with an `hset`, and is refused there or not at all. The keys are mark, states a and b, expiries a and b, and the list of spaces.

/** Fields. The states of the side that is read; null when there is none. In steps, because Lua takes only so many arguments. */
export const GET = script(`
local side = redis.call('hget', mark, 'side')
if not side then return false end
local found = {}
for i = 1, #ARGV, 4000 do
  local part = redis.call('hmget', states[side], unpack(ARGV, i, math.min(i + 3999, #ARGV)))
  for j = 1, #part do found[i + j - 1] = part[j] end
end
return found`);

/** Space's key, its name, who fills. Empties what is not read. */
export const BEGIN = script(`
local live = redis.call('hget', mark, 'side')
redis.call('hset', mark, 'busy', ARGV[3])
for _, side in ipairs({ 'a', 'b' }) do
  if side ~= live then redis.call('unlink', states[side], expiries[side]) end
end
redis.call('hset', KEYS[6], ARGV[1], ARGV[2])
return 1`);

/** Who fills, then entity, state, expiry of each. Gives how many are new; -1 when another one fills. */
export const FILL = script(`
if redis.call('hget', mark, 'busy') ~= ARGV[1] then return -1 end
redis.call('hset', mark, 'busy', ARGV[1])
${FILLED}
${PUT}
local new = 0
for i = 2, #ARGV, 3 do new = new + put(side, ARGV[i], ARGV[i + 1], ARGV[i + 2]) end
return new`);

/** Who fills, the coverage. What was filled is read from here on, and what was read is gone. */
export const FLIP = script(`
if redis.call('hget', mark, 'busy') ~= ARGV[1] then return -1 end
${FILLED}
redis.call('hset', states[side], '${STANDING}', ARGV[2])
redis.call('hset', mark, 'side', side)
redis.call('hdel', mark, 'busy')
if live then redis.call('unlink', states[live], expiries[live]) end
return 1`);

/** Where it must stand, where it then stands (or nothing, when more is to come), then entity, state, expiry of each. */
export const MOVE = script(`
local side = redis.call('hget', mark, 'side')
if not side or redis.call('hget', states[side], '${STANDING}') ~= ARGV[1] then return 0 end
redis.call('hset', states[side], '${STANDING}', ARGV[1])
${PUT}
for i = 3, #ARGV, 3 do put(side, ARGV[i], ARGV[i + 1], ARGV[i + 2]) end
if ARGV[2] ~= '' then redis.call('hset', states[side], '${STANDING}', ARGV[2]) end
return 1`);

/** An instant, how many at most. */
export const EVICT = script(`
local side = redis.call('hget', mark, 'side')
if not side then return 0 end
local gone = redis.call('zrangebyscore', expiries[side], '-inf', ARGV[1], 'limit', 0, ARGV[2])
for i = 1, #gone do
  redis.call('hdel', states[side], gone[i])
  redis.call('zrem', expiries[side], gone[i])
end
return #gone`);

/** Space's key. */
export const DROP = script(`
redis.call('unlink', unpack(KEYS, 1, 5))
redis.call('hdel', KEYS[6], ARGV[1])
return 1`);

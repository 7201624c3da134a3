-- Charges quotas, each a token bucket by GCRA: KEYS[i] holds until when all that was used is paid for, in
-- microseconds. ARGV[1] is "in_order", where the first quota that has nothing left spares the later ones, or
-- "each"; then come, for each key, the time that one more takes and how many may come at once.
-- The answer has for each quota that was asked what is left (-1: it was refused), and the microseconds to wait.
--
-- The clock is the server's: clocks of replicas differ. A key expires when its quota is full again.
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local answer = {}
for i, key in ipairs(KEYS) do
    local period, burst = tonumber(ARGV[2 * i]), tonumber(ARGV[2 * i + 1])
    local paid, most = tonumber(redis.call('GET', key) or 0), now + period * burst
    -- A clock that was set back, or a quota that was made smaller, locks nobody out for longer than one filling.
    if paid > most then
        paid = most
        redis.call('SET', key, string.format('%.3f', paid), 'PX', math.ceil(period * burst / 1000))
    end
    paid = math.max(paid, now) + period
    local left = math.floor((most - paid) / period + 0.001)
    if left < 0 then
        answer[i] = {-1, math.ceil(paid - most)}
        if ARGV[1] == 'in_order' then
            break
        end
    else
        redis.call('SET', key, string.format('%.3f', paid), 'PX', math.ceil((paid - now) / 1000))
        answer[i] = {left, 0}
    end
end
return answer

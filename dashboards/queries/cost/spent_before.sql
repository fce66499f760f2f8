SELECT {{usd}} AS cost_usd
FROM cost_1h AS h
WHERE h.t >= {{before}} AND h.t < toStartOfHour($__fromTime, 'UTC')
    AND {{cost_callers}}

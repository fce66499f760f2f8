SELECT if(count() = 0, NULL, toFloat64(sum(m.idle_usd))) AS cost_usd
FROM machine_1h AS m FINAL
WHERE m.t >= toStartOfHour($__fromTime, 'UTC') AND m.t < $__toTime
    AND ('*' IN {upstream:Array(String)} OR m.upstream IN {upstream:Array(String)})

h.t >= toStartOfHour($__fromTime, 'UTC') AND h.t < $__toTime
    AND {{cost_callers}}

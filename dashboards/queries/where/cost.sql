h.t >= toStartOfHour($__fromTime) AND h.t <= $__toTime
    AND {{cost_callers}}

if($__toTime - $__fromTime >= 172800, toStartOfHour(c.ts) >= toStartOfHour($__fromTime, 'UTC') AND toStartOfHour(c.ts) < $__toTime, $__timeFilter(c.ts))

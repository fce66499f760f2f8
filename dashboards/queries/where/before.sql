toStartOfHour($__fromTime) - toIntervalHour(greatest(1, round(dateDiff('second', toStartOfHour($__fromTime), $__toTime) / 3600)))

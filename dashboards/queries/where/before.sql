toStartOfHour($__fromTime, 'UTC') - toIntervalHour(greatest(1, round(dateDiff('second', toStartOfHour($__fromTime, 'UTC'), $__toTime) / 3600)))

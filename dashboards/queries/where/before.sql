toStartOfHour($__fromTime, 'UTC') - toIntervalHour(greatest(1, round(dateDiff('second', toStartOfHour($__fromTime, 'UTC'), least(toStartOfHour($__toTime - 1, 'UTC') + 3600, now())) / 3600)))

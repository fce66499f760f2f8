toStartOfInterval(if($__interval_s >= 3600, toStartOfHour(c.ts), toDateTime(c.ts)), toIntervalSecond($__interval_s))

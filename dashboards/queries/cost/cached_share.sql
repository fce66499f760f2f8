SELECT if(sum(h.input_tokens) = 0, 0, sum(h.cache_read_tokens) / sum(h.input_tokens)) AS share
FROM cost_1h AS h
WHERE {{cost}}

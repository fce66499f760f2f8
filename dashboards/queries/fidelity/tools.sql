SELECT
    arrayJoin(c.tool_names) AS tool,
    count() AS calls,
    countIf(arrayExists(x -> startsWith(x, 'tools.') AND ('*' IN {check:Array(String)} OR x IN {check:Array(String)}), c.fidelity_failed)) AS broken,
    broken / calls AS rate,
    arrayStringConcat(topKArray(3)(arrayFilter(x -> startsWith(x, 'tools.') AND ('*' IN {check:Array(String)} OR x IN {check:Array(String)}), c.fidelity_failed)), ', ') AS checks
FROM calls AS c
WHERE {{calls}}
    AND notEmpty(c.tool_names)
GROUP BY tool
ORDER BY broken DESC, rate DESC, tool
LIMIT 30

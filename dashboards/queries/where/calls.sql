{{within}}
    AND ('*' IN {upstream:Array(String)} OR c.upstream IN {upstream:Array(String)})
    AND ('*' IN {model:Array(String)} OR c.model IN {model:Array(String)} OR c.model_requested IN {model:Array(String)})
    AND ('*' IN {user:Array(String)} OR c.user_id IN {user:Array(String)})
    AND ('*' IN {team:Array(String)} OR c.team IN {team:Array(String)})
    AND ('*' IN {app:Array(String)} OR c.app IN {app:Array(String)})
    AND ('*' IN {environment:Array(String)} OR c.environment IN {environment:Array(String)})

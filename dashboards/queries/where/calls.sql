{{within}}
    AND ('*' IN (${upstream:singlequote}) OR c.upstream IN (${upstream:singlequote}))
    AND ('*' IN (${model:singlequote}) OR c.model IN (${model:singlequote}) OR c.model_requested IN (${model:singlequote}))
    AND ('*' IN (${user:singlequote}) OR c.user_id IN (${user:singlequote}))
    AND ('*' IN (${team:singlequote}) OR c.team IN (${team:singlequote}))
    AND ('*' IN (${app:singlequote}) OR c.app IN (${app:singlequote}))
    AND ('*' IN (${environment:singlequote}) OR c.environment IN (${environment:singlequote}))

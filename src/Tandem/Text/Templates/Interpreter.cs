namespace Tandem.Text.Templates;

/// <summary>Carries out statements and collects what they print.</summary>
internal sealed class Interpreter(Budget budget, Evaluator evaluator)
{
    private StringValueBuilder _output = new(budget);

    /// <summary>How a statement ended.</summary>
    private enum Flow
    {
        /// <summary>Go on with the next one.</summary>
        Next,

        /// <summary>Leave the loop.</summary>
        Break,

        /// <summary>Go on with the loop's next item.</summary>
        Continue,
    }

    /// <summary>What statements print.</summary>
    /// <exception cref="TemplateFault">One of them fails; the evaluator's position tells where.</exception>
    public StringValue Capture(IReadOnlyList<Statement> body, Scope scope) => Capture(() => Execute(body, scope));

    /// <summary>Assigns a value to a name, to a namespace's attribute, or item by item to several.</summary>
    /// <exception cref="TemplateFault">The value has another number of items, or the owner of the attribute is no namespace.</exception>
    public void Assign(Expression target, Value value, Scope scope)
    {
        switch (target)
        {
            case NameExpression name:
                scope.Set(name.Name, value);
                break;
            case AttributeExpression attribute:
                var owner = evaluator.Evaluate(attribute.Target, scope);
                evaluator.Position = attribute.Position;
                var names =
                    owner as NamespaceValue
                    ?? throw Expect.Wrong(owner, "the owner of an attribute to set", "a namespace");
                names.Attributes.Set(StringValue.FromTemplate(attribute.Name), value);
                break;
            case ListExpression list:
                Unpack(list, value, scope);
                break;
            default:
                throw new InvalidOperationException(target.GetType().Name);
        }
    }

    private void Unpack(ListExpression targets, Value value, Scope scope)
    {
        evaluator.Position = targets.Position;
        var items = Expect.Items(budget, value);
        if (items.Count != targets.Items.Count)
        {
            throw new TemplateFault($"found {items.Count} values to unpack, expected {targets.Items.Count}");
        }
        for (var i = 0; i < items.Count; i++)
        {
            Assign(targets.Items[i], items[i], scope);
        }
    }

    private StringValue Capture(Action print)
    {
        var outer = _output;
        _output = new StringValueBuilder(budget);
        print();
        var captured = _output.ToValue();
        _output = outer;
        return captured;
    }

    private Flow Execute(IReadOnlyList<Statement> body, Scope scope)
    {
        budget.Enter();
        var flow = Flow.Next;
        for (var i = 0; i < body.Count && flow == Flow.Next; i++)
        {
            flow = Execute(body[i], scope);
        }
        budget.Leave();
        return flow;
    }

    private Flow Execute(Statement statement, Scope scope)
    {
        budget.Step();
        evaluator.Position = statement.Position;
        switch (statement)
        {
            case TextStatement text:
                _output.Append(text.Text);
                break;
            case OutputStatement output:
                Print(evaluator.Evaluate(output.Value, scope), output.Position);
                break;
            case IfStatement branches:
                return ExecuteIf(branches, scope);
            case ForStatement loop:
                var items = evaluator.Evaluate(loop.Items, scope);
                ExecuteFor(loop, items, scope, depth: 0);
                break;
            case BreakStatement:
                return Flow.Break;
            case ContinueStatement:
                return Flow.Continue;
            case SetStatement set:
                Assign(set.Target, evaluator.Evaluate(set.Value, scope), scope);
                break;
            case SetBlockStatement set:
                Assign(set.Target, CaptureFiltered(set.Body, set.Filters, scope), scope);
                break;
            case FilterBlockStatement filter:
                Print(CaptureFiltered(filter.Body, filter.Filters, scope), filter.Position);
                break;
            case WithStatement with:
                return ExecuteWith(with, scope);
            case MacroStatement macro:
                scope.Set(macro.Macro.Name, new MacroValue(macro.Macro, scope, evaluator, this));
                break;
            case CallBlockStatement call:
                var caller = new MacroValue(call.Caller, scope, evaluator, this);
                Print(evaluator.Call(call.Call, scope, caller), call.Position);
                break;
            default:
                throw new InvalidOperationException(statement.GetType().Name);
        }
        return Flow.Next;
    }

    private void Print(Value value, int position)
    {
        evaluator.Position = position;
        _output.Append(ValueText.Of(budget, value));
    }

    private Value CaptureFiltered(IReadOnlyList<Statement> body, IReadOnlyList<FilterReference> filters, Scope scope)
    {
        Value value = Capture(body, new Scope(budget, scope));
        foreach (var filter in filters)
        {
            value = evaluator.Filter(filter, value, scope);
        }
        return value;
    }

    private Flow ExecuteIf(IfStatement branches, Scope scope)
    {
        foreach (var (condition, body) in branches.Branches)
        {
            if (condition is null || evaluator.Evaluate(condition, scope).IsTrue)
            {
                return Execute(body, scope);
            }
        }
        return Flow.Next;
    }

    private Flow ExecuteWith(WithStatement with, Scope scope)
    {
        var inner = new Scope(budget, scope);
        foreach (var (target, value) in with.Variables)
        {
            Assign(target, evaluator.Evaluate(value, scope), inner);
        }
        return Execute(with.Body, inner);
    }

    private void ExecuteFor(ForStatement statement, Value iterable, Scope scope, int depth)
    {
        evaluator.Position = statement.Position;
        var items = Filtered(statement, Expect.Items(budget, iterable), scope);
        var loop = new LoopValue(items, depth) { Recurse = statement.IsRecursive ? Recurse : null };
        Value Recurse(Value children) => Capture(() => ExecuteFor(statement, children, scope, depth + 1));
        var isEmpty = items.Count == 0;
        while (loop.MoveNext())
        {
            budget.Step();
            var inner = new Scope(budget, scope);
            inner.Set("loop", loop);
            Assign(statement.Target, items[loop.Index], inner);
            if (Execute(statement.Body, inner) == Flow.Break)
            {
                break;
            }
        }
        if (isEmpty)
        {
            Execute(statement.Else, new Scope(budget, scope));
        }
    }

    private IReadOnlyList<Value> Filtered(ForStatement statement, IReadOnlyList<Value> items, Scope scope)
    {
        if (statement.Condition is null)
        {
            return items;
        }
        List<Value> kept = [];
        for (var i = 0; i < items.Count; i++)
        {
            var inner = new Scope(budget, scope);
            Assign(statement.Target, items[i], inner);
            if (evaluator.Evaluate(statement.Condition, inner).IsTrue)
            {
                budget.Allocate(16);
                kept.Add(items[i]);
            }
        }
        return kept;
    }
}

namespace Tandem.Text.Templates;

/// <summary>Gives expressions their values.</summary>
internal sealed class Evaluator(Budget budget)
{
    /// <summary>Where in the template the last operation stood, for the message if it failed.</summary>
    public int Position { get; set; }

    /// <summary>The value of an expression.</summary>
    /// <exception cref="TemplateFault">It has none; <see cref="Position"/> tells where.</exception>
    public Value Evaluate(Expression expression, Scope scope)
    {
        budget.Enter();
        budget.Step();
        var value = expression switch
        {
            ConstantExpression constant => constant.Value,
            NameExpression name => scope.Find(name.Name) ?? UndefinedValue.Variable(name.Name),
            AttributeExpression attribute => Attribute(attribute, scope),
            ItemExpression item => Item(item, scope),
            SliceExpression slice => Slice(slice, scope),
            BinaryExpression binary => Binary(binary, scope),
            ConcatenationExpression concatenation => Concatenation(concatenation, scope),
            ComparisonExpression comparison => Comparison(comparison, scope),
            LogicalExpression logical => Logical(logical, scope),
            UnaryExpression unary => Unary(unary, scope),
            ConditionalExpression conditional => Conditional(conditional, scope),
            FilterExpression filter => Filter(filter.Filter, Evaluate(filter.Input, scope), scope),
            TestExpression test => Test(test, scope),
            CallExpression call => Call(call, scope),
            ListExpression list => List(list, scope),
            DictExpression dict => Dict(dict, scope),
            _ => throw new InvalidOperationException(expression.GetType().Name),
        };
        budget.Leave();
        return value;
    }

    /// <summary>What a filter makes of a value.</summary>
    /// <exception cref="TemplateFault">There is no such filter, or it does not take this.</exception>
    public Value Filter(FilterReference filter, Value input, Scope scope)
    {
        var arguments = Arguments($"filter '{filter.Name}'", filter.Arguments, scope);
        Position = filter.Position;
        return FilterTable.Apply(budget, filter.Name, input, arguments);
    }

    /// <summary>The result of a call, with a block of statements passed along where there is one.</summary>
    /// <exception cref="TemplateFault">It cannot be called, or not with these arguments.</exception>
    public Value Call(CallExpression call, Scope scope, MacroValue? caller = null)
    {
        var callee = Evaluate(call.Callee, scope);
        var arguments = Arguments(Describe(call.Callee), call.Arguments, scope, caller);
        Position = call.Position;
        return callee is CallableValue callable
            ? callable.Call(budget, arguments)
            : throw Expect.Wrong(callee, arguments.Callee, "something to call");
    }

    private static string Describe(Expression callee) =>
        callee switch
        {
            NameExpression name => ValueText.Short(StringValue.FromTemplate(name.Name)),
            AttributeExpression attribute => ValueText.Short(StringValue.FromTemplate(attribute.Name)),
            _ => "what is called",
        };

    private Value Attribute(AttributeExpression attribute, Scope scope)
    {
        var target = Evaluate(attribute.Target, scope);
        Position = attribute.Position;
        budget.Allocate(64);
        return Subscripts.Attribute(target, attribute.Name);
    }

    private Value Item(ItemExpression item, Scope scope)
    {
        var target = Evaluate(item.Target, scope);
        var index = Evaluate(item.Index, scope);
        Position = item.Position;
        budget.Allocate(64);
        return Subscripts.Item(budget, target, index);
    }

    private Value Slice(SliceExpression slice, Scope scope)
    {
        var target = Evaluate(slice.Target, scope);
        var start = slice.Start is null ? null : Evaluate(slice.Start, scope);
        var stop = slice.Stop is null ? null : Evaluate(slice.Stop, scope);
        var step = slice.Step is null ? null : Evaluate(slice.Step, scope);
        Position = slice.Position;
        return Subscripts.Slice(budget, target, start, stop, step);
    }

    private Value Binary(BinaryExpression binary, Scope scope)
    {
        var left = Evaluate(binary.Left, scope);
        var right = Evaluate(binary.Right, scope);
        Position = binary.Position;
        return Operators.Binary(budget, binary.Operator, left, right);
    }

    private StringValue Concatenation(ConcatenationExpression concatenation, Scope scope)
    {
        var builder = new StringValueBuilder(budget);
        foreach (var part in concatenation.Parts)
        {
            var value = Evaluate(part, scope);
            Position = concatenation.Position;
            builder.Append(ValueText.Of(budget, value));
        }
        return builder.ToValue();
    }

    private BoolValue Comparison(ComparisonExpression comparison, Scope scope)
    {
        var left = Evaluate(comparison.First, scope);
        foreach (var (symbol, operand) in comparison.Rest)
        {
            var right = Evaluate(operand, scope);
            Position = comparison.Position;
            if (!Operators.Compare(budget, symbol, left, right))
            {
                return BoolValue.False;
            }
            left = right;
        }
        return BoolValue.True;
    }

    private Value Logical(LogicalExpression logical, Scope scope)
    {
        var left = Evaluate(logical.Left, scope);
        return left.IsTrue == logical.IsAnd ? Evaluate(logical.Right, scope) : left;
    }

    private Value Unary(UnaryExpression unary, Scope scope)
    {
        var operand = Evaluate(unary.Operand, scope);
        Position = unary.Position;
        return unary.Operator == "not"
            ? BoolValue.Of(!operand.IsTrue)
            : Operators.Signed(budget, unary.Operator, operand);
    }

    private Value Conditional(ConditionalExpression conditional, Scope scope)
    {
        if (Evaluate(conditional.Condition, scope).IsTrue)
        {
            return Evaluate(conditional.Then, scope);
        }
        return conditional.Else is null
            ? UndefinedValue.Variable("inline if without else")
            : Evaluate(conditional.Else, scope);
    }

    private BoolValue Test(TestExpression test, Scope scope)
    {
        var input = Evaluate(test.Input, scope);
        var arguments = Arguments($"test '{test.Name}'", test.Arguments, scope);
        Position = test.Position;
        return BoolValue.Of(TestTable.Holds(budget, test.Name, input, arguments));
    }

    private ListValue List(ListExpression list, Scope scope)
    {
        List<Value> items = new(list.Items.Count);
        foreach (var item in list.Items)
        {
            items.Add(Evaluate(item, scope));
        }
        return list.IsTuple ? ListValue.Tuple(budget, items) : ListValue.Of(budget, items);
    }

    private DictValue Dict(DictExpression dict, Scope scope)
    {
        var value = new DictValue(budget);
        budget.Allocate(200);
        foreach (var (key, item) in dict.Items)
        {
            var name = Evaluate(key, scope);
            var content = Evaluate(item, scope);
            Position = key.Position;
            value.Set(name, content);
        }
        return value;
    }

    private Arguments Arguments(string callee, ArgumentExpressions arguments, Scope scope, MacroValue? caller = null)
    {
        budget.Allocate(160);
        List<Value> positional = new(arguments.Positional.Count);
        foreach (var argument in arguments.Positional)
        {
            positional.Add(Evaluate(argument, scope));
        }
        if (arguments.UnpackedPositional is { } unpacked)
        {
            var items = Expect.Items(budget, Evaluate(unpacked, scope));
            budget.Allocate(16L * items.Count);
            positional.AddRange(items);
        }
        List<KeyValuePair<string, Value>> named = new(arguments.Named.Count);
        foreach (var (name, argument) in arguments.Named)
        {
            named.Add(new(name, Evaluate(argument, scope)));
        }
        if (arguments.UnpackedNamed is { } unpackedNamed)
        {
            AddUnpacked(named, Evaluate(unpackedNamed, scope));
        }
        if (caller is not null)
        {
            named.Add(new(MacroValue.Caller, caller));
        }
        return new Arguments(callee, positional, named);
    }

    private void AddUnpacked(List<KeyValuePair<string, Value>> named, Value value)
    {
        var dict = value as DictValue ?? throw Expect.Wrong(value, "what is unpacked with '**'", "a dictionary");
        budget.Allocate(32L * dict.Entries.Count);
        foreach (var (key, item) in dict.Entries)
        {
            named.Add(new(Expect.Text(key, "the name of an argument").Text, item));
        }
    }
}

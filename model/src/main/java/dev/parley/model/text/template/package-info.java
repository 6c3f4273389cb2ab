/**
 * The part of Jinja2 that chat templates are written in, rendered as Python's {@code transformers}
 * renders it.
 *
 * <p>In: the text of a template, then variables (messages, tools, special tokens). Out: the
 * rendered text and where the assistant's part of it stands. {@link
 * dev.parley.model.text.ChatTemplate} is the only caller.
 *
 * <p>Why an engine of our own: a model has learned one exact layout of its conversations. One blank
 * more or less, {@code true} for {@code True}, or a loop's filter that is ignored, and a policy
 * trains on text that it will never see again. The Jinja engine that exists for Java renders real
 * templates differently without saying so (docs/decisions/0001-own-jinja-subset.md).
 *
 * <p>The subset: everything in Jinja2 3.1 that a template which stands alone can use, in the
 * environment of transformers: the immutable sandbox, {@code trim_blocks}, {@code lstrip_blocks},
 * {@code break} and {@code continue}, <code>{% generation %}</code>, {@code raise_exception},
 * {@code strftime_now} and a {@code tojson} that keeps HTML as it is. Values behave as Python's do,
 * down to {@code repr}, integer division and what raises an error. Left out, and refused when a
 * template is loaded, with name and line:
 *
 * <ul>
 *   <li>what needs other files: {@code include}, {@code import}, {@code extends}, {@code block};
 *   <li>{@code autoescape}, recursive loops, the names {@code self} and {@code lipsum};
 *   <li>filters for web pages and reports: {@code filesizeformat}, {@code groupby}, {@code pprint},
 *       {@code random}, {@code slice}, {@code striptags}, {@code urlencode}, {@code urlize}, {@code
 *       wordwrap}, {@code xmlattr};
 *   <li><code>{% generation %}</code> inside a macro or another block that captures its text, where
 *       transformers reports wrong places.
 * </ul>
 *
 * What only a value can tell is refused when it happens: printing a generator or a function (Python
 * shows a memory address), methods of {@code bytes} and numbers, {@code sameas} between equal
 * strings.
 *
 * <p>A template is code from a download, so one rendering has a budget of steps and characters, and
 * it reaches nothing but the values it is given. Those are data: a tag inside a message is text.
 *
 * <p>Reading order: {@code Lexer}, {@code Parser} with {@code Node}, {@code Interpreter}; then what
 * expressions call: {@code PyValues}, {@code PyObjects}, {@code PyOperators}, {@code PyText},
 * {@code PyFormat}, {@code Attributes}, {@code StringMethods}, {@code Filters}, {@code Tests},
 * {@code Globals}.
 */
package dev.parley.model.text.template;

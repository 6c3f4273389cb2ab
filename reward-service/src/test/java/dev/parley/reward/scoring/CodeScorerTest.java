package dev.parley.reward.scoring;

import static dev.parley.reward.scoring.Configured.ofType;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.model.decoder.TokenBatch;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Programs that are good, bad, and hostile. Skipped where a machine can shut in no program. */
@Timeout(120)
class CodeScorerTest {

  private static final String TESTS = "assert f(2) == 4\nassert f(3) == 9\nassert f(-1) == 1\n";
  private static final String RIGHT = "def f(x):\n    return x * x\n";

  private static Scorer scorer;
  private static Scorer impatient;

  @TempDir Path directory;

  @BeforeAll
  static void load() {
    scorer = ofType("code", "seconds", "40", "parallel", "4");
    impatient = ofType("code", "seconds", "3", "cpu-seconds", "1", "parallel", "6");
    try {
      scorer.load();
      impatient.load();
    } catch (IllegalStateException e) {
      Assumptions.abort("this machine can shut in no program: " + e.getMessage());
    }
  }

  @AfterAll
  static void close() {
    scorer.close();
    impatient.close();
  }

  @Test
  void aProgramThatPassesAllTestsEarnsOne() {
    Verdict verdict = judge("Here it is:\n```python\n" + RIGHT + "```\nIt squares.", TESTS);
    assertThat(verdict.value()).isEqualTo(1);
    assertThat(verdict.components())
        .containsEntry("tests_passed", 3.0)
        .containsEntry("tests", 3.0)
        .containsEntry("timed_out", 0.0);
    assertThat(verdict.extracted()).contains("def f(x):\n    return x * x");
  }

  @Test
  void oneThatFailsOneTestEarnsNothingOrItsShare() {
    assertThat(judge("def f(x): return abs(x) ** 2 if x > 0 else 0", TESTS).value()).isZero();
    Scorer shares = ofType("code", "count", "share");
    shares.load();
    assertThat(judge(shares, "def f(x): return x * x if x > 0 else 0", TESTS, Map.of()).value())
        .isEqualTo(2.0 / 3);
    shares.close();
  }

  @Test
  void humanEvalsCheckFunctionTestsTheEntryPoint() {
    String prompt =
        "from typing import List\n\ndef total(numbers: List[int]) -> int:\n    \"\"\"Sum.\"\"\"\n";
    String check =
        "METADATA = {}\n\n"
            + "def check(candidate):\n"
            + "    assert candidate([1, 2]) == 3\n"
            + "    assert candidate([]) == 0\n";
    Map<String, String> entry = Map.of("entry_point", "total");
    assertThat(judge(prompt, "    return sum(numbers)\n", check, entry).value()).isEqualTo(1);
    assertThat(judge(prompt, "    return len(numbers)\n", check, entry).value()).isZero();
    String chatted =
        "```python\ndef total(numbers: List[int]) -> int:\n    return sum(numbers)\n```";
    assertThat(judge(prompt, chatted, check, entry).value()).isEqualTo(1);
    assertThat(judge(prompt, "```python\ndef other(): pass\n```", check, entry).value()).isZero();
  }

  @Test
  void testsMayBeAListOfAssertsAsInMbpp() {
    assertThat(judge(RIGHT, "[\"assert f(2) == 4\", \"assert f(3) == 9\"]").value()).isEqualTo(1);
  }

  @Test
  void classesListsExceptionsAndFunctionsPassBetweenProgramAndTests() {
    String program =
        """
        class Stack:
            def __init__(self): self.items = []
            def push(self, x): self.items.append(x); return self
            def pop(self): return self.items.pop()
            def __len__(self): return len(self.items)
        class Empty(ValueError): pass
        def sort(xs): xs.sort()
        def twice(g, x): return g(g(x))
        def fail(): raise Empty("none")
        def count():
            yield 1
            yield 2
        """;
    String tests =
        """
        s = Stack()
        s.push(1).push(2)
        assert len(s) == 2
        assert s.pop() == 2 and s.items == [1]
        xs = [3, 1, 2]
        sort(xs)
        assert xs == [1, 2, 3]
        assert twice(lambda x: x + 3, 1) == 7
        try:
            fail()
            raise SystemError
        except Empty as e:
            assert str(e) == "none"
        assert list(count()) == [1, 2]
        """;
    Verdict verdict = judge(program, tests);
    assertThat(verdict.value()).as(verdict.toString()).isEqualTo(1);
  }

  @Test
  void testsThatAreMissingOrBrokenScoreNothing() {
    assertThat(judge(RIGHT, " ").error()).contains("there are no tests");
    assertThat(judge(RIGHT, "assert f(2 ==").error()).contains("the tests are no Python");
    assertThat(judge(RIGHT, "x = 1").error()).contains("the tests test nothing");
  }

  /** None of these is right, and each says in its way that it is. */
  @Test
  void aProgramCannotSayInTheTestsNameThatItHasPassed() {
    List<String> programs =
        List.of(
            "import sys; sys.exit(0)",
            "import os; os._exit(0)",
            "def f(x):\n    import os; os._exit(0)",
            "def f(x):\n    raise SystemExit(0)",
            "print('PASS'); print('{\"verdict\": \"judged\", \"passed\": 3, \"tests\": 3,"
                + " \"message\": \"\"}')",
            "import os\n"
                + "for fd in range(64):\n"
                + "    try: os.write(fd, b'{\"verdict\": \"judged\", \"passed\": 3, \"tests\": 3,"
                + " \"message\": \"\"}\\n"
                + "')\n"
                + "    except OSError: pass",
            "class Yes:\n"
                + "    def __eq__(self, other): return True\n"
                + "    def __bool__(self): return True\n"
                + "def f(x): return Yes()",
            "class Yes(int):\n    def __eq__(self, other): return True\ndef f(x): return Yes(7)",
            "import builtins\n"
                + "builtins.AssertionError = None\n"
                + "builtins.abs = lambda x: 0\n"
                + "def f(x): return 0",
            "def check(candidate): pass\ndef abs(x): return 0\ndef f(x): return 0",
            "import sys, types\nsys.modules['ast'] = None\ndef f(x): return 0",
            "import gc, sys\n"
                + "for o in gc.get_objects():\n"
                + "    try: o.__class__.__eq__ = lambda a, b: True\n"
                + "    except Exception: pass\n"
                + "def f(x): return 0",
            "def f(x):\n"
                + "    wire = [o for o in __import__('gc').get_objects() if type(o).__name__ =="
                + " 'Program'][0]\n"
                + "    wire.send({'verdict': 'judged', 'passed': 3, 'tests': 3, 'message': ''})\n"
                + "    return 0",
            "import os, signal\nos.kill(1, signal.SIGKILL)\nos.kill(-1, signal.SIGKILL)",
            "import threading, os\n"
                + "threading.Timer(0.1, os._exit, [0]).start()\n"
                + "def f(x):\n"
                + "    import time; time.sleep(1); return 0",
            "raise AssertionError",
            "def f(x:",
            "");
    String tests = "assert f(2) == 4\nassert f(3) == 9\nassert abs(f(-1) - 1) < 1e-9";
    List<Verdict> verdicts =
        impatient.score(programs.stream().map(p -> item("", p, tests, Map.of())).toList());
    for (int i = 0; i < programs.size(); i++) {
      assertThat(verdicts.get(i).ok()).as(programs.get(i) + verdicts.get(i)).isTrue();
      assertThat(verdicts.get(i).value()).as(programs.get(i) + verdicts.get(i)).isZero();
    }
  }

  /** Each asserts from inside that what it tries does not work, and is right only if so. */
  @Test
  void nothingOutsideCanBeReachedOrTakenUp() throws IOException {
    List<String> attempts =
        List.of(
            "open('/etc/passwd')",
            "open('/proc/1/environ').read()",
            "open('/proc/1/mem', 'rb')",
            "os.listdir(os.path.expanduser('~root'))",
            "os.listdir('/home')",
            "os.listdir('/sys')",
            "open('/usr/bin/written', 'w')",
            "open('/written', 'w')",
            "open('/dev/written', 'w')",
            "open('/proc/sys/kernel/hostname', 'w').write('x')",
            "os.mknod('/work/device', 0o600 | stat.S_IFBLK, os.makedev(8, 0))",
            "subprocess.run(['mount', '-t', 'tmpfs', 'none', '/work'], check=True)",
            "subprocess.run(['umount', '-l', '/usr'], check=True)",
            "os.setuid(0) if os.getuid() else os.chroot('/work')",
            "socket.create_connection(('127.0.0.1', PORT), 1)",
            "socket.create_connection(('1.1.1.1', 53), 1)",
            "socket.getaddrinfo('example.com', 80)",
            "socket.socket(socket.AF_INET, socket.SOCK_RAW)",
            "open('/work/large', 'wb').write(b'x' * (64 << 20))",
            "os.symlink('/etc/passwd', '/work/link'); open('/work/link')",
            "os.symlink('/proc/1/root/etc/passwd', '/work/link'); open('/work/link')",
            "os.link('/usr/bin/env', '/work/hard')",
            "open('/dev/kmsg')",
            "bytearray(2 << 30)");
    try (ServerSocket service = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      List<Item> items = new ArrayList<>();
      for (String attempt : attempts) {
        String program =
            """
            import os, socket, stat, subprocess
            def f():
                try:
                    %s
                except (OSError, MemoryError, subprocess.CalledProcessError) as e:
                    return "refused"
                return "allowed"
            """
                .formatted(attempt.replace("PORT", "" + service.getLocalPort()));
        items.add(item("", program, "assert f() == 'refused'", Map.of()));
      }
      List<Verdict> verdicts = scorer.score(items);
      for (int i = 0; i < attempts.size(); i++) {
        assertThat(verdicts.get(i).value()).as(attempts.get(i) + verdicts.get(i)).isEqualTo(1);
      }
    }
  }

  /** Ordinary programs may do all of these; here they are asked for and refused. */
  private static final List<String> FILTERED =
      List.of(
          "libc('personality', 0x0040000)",
          "libc('unshare', 0x10000000)",
          "libc('unshare', 0x08000000)",
          "libc('ptrace', 0, 0, 0, 0)",
          "libc('process_vm_readv', os.getpid(), 0, 0, 0, 0, 0)",
          "libc('memfd_create', b'x', 0); libc('syscall', 425, 8, ctypes.create_string_buffer(200))",
          "libc('syscall', 462)",
          "socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)",
          "socket.socket(38, socket.SOCK_SEQPACKET)",
          "socket.socket(socket.AF_INET, socket.SOCK_DGRAM)");

  private static List<Verdict> refusals(Scorer asked, List<String> calls) {
    return asked.score(
        calls.stream()
            .map(
                call ->
                    item(
                        "",
                        """
                        import ctypes, os, socket
                        def libc(name, *arguments):
                            if getattr(ctypes.CDLL(None, use_errno=True), name)(*arguments) == -1:
                                raise OSError(ctypes.get_errno(), name)
                        def f():
                            try:
                                %s
                            except OSError as e:
                                return "refused"
                            return "allowed"
                        """
                            .formatted(call),
                        "assert f() == 'refused'",
                        Map.of()))
            .toList());
  }

  @Test
  void systemCallsThatProgramsHaveNoNeedOfAreRefused() {
    List<Verdict> verdicts = refusals(scorer, FILTERED);
    for (int i = 0; i < verdicts.size(); i++) {
      assertThat(verdicts.get(i).value()).as(FILTERED.get(i) + verdicts.get(i)).isEqualTo(1);
    }
    Scorer unfiltered = ofType("code", "filter", "none", "parallel", "4");
    unfiltered.load();
    assertThat(refusals(unfiltered, List.of(FILTERED.get(0), FILTERED.get(7))))
        .extracting(Verdict::value)
        .containsExactly(0.0, 0.0);
    unfiltered.close();
  }

  @Test
  void threadsSubprocessesAndSocketPairsWorkBehindTheFilter() {
    String program =
        """
        import asyncio, concurrent.futures, socket, subprocess, sys
        async def later(x): await asyncio.sleep(0.01); return x
        def f(x):
            a, b = socket.socketpair()
            a.send(b'x')
            assert b.recv(1) == b'x'
            with concurrent.futures.ThreadPoolExecutor(2) as pool:
                assert list(pool.map(abs, [-1, -2])) == [1, 2]
            assert asyncio.run(later(3)) == 3
            out = subprocess.run([sys.executable, "-c", "print(7)"], capture_output=True, text=True)
            return x * x if out.stdout == "7\\n" else out
        """;
    Verdict verdict = judge(program, TESTS);
    assertThat(verdict.value()).as(verdict.toString()).isEqualTo(1);
  }

  @Test
  void processesThatTakeMoreMemoryTogetherThanOneMayAreCutOffBeforeTheirTime() {
    Verdict verdict =
        judge(
            """
            import os, time
            for _ in range(6):
                if os.fork() == 0:
                    held = b'x' * (150 << 20)
                    time.sleep(1000)
            time.sleep(1000)
            """,
            TESTS);
    assertThat(verdict.ok()).isTrue();
    assertThat(verdict.value()).isZero();
    assertThat(verdict.components()).containsEntry("timed_out", 0.0);
    Verdict modest =
        judge(
            """
            import os
            def f(x):
                if os.fork() == 0:
                    held = b'x' * (100 << 20)
                    os._exit(0)
                os.wait()
                return x * x
            """,
            TESTS);
    assertThat(modest.value()).as(modest.toString()).isEqualTo(1);
  }

  @Test
  void howProgramsAreShutInIsTold() {
    Map<String, String> told = new ConcurrentHashMap<>();
    ForwardListener listener =
        new ForwardListener() {
          @Override
          public void computed(String name, TokenBatch batch, long nanos) {}

          @Override
          public void shutIn(String name, String how) {
            told.put(name, how);
          }
        };
    try (Scorer one =
        Scorers.make(
            "p",
            "tests",
            Map.of("tests.type", "code", "tests.total-memory-mebibytes", "300"),
            listener)) {
      one.load();
    }
    assertThat(told.get("tests"))
        .matches(
            "namespaces made by (root|an ordinary user), system calls filtered, 300 MiB in all");
  }

  @Test
  void theServicesEnvironmentAndItsProcessesAreNotThere() {
    String program =
        """
        import os
        def names(): return sorted(os.environ)
        def processes():
            return len([p for p in os.listdir('/proc') if p.isdigit()]) if os.path.exists('/proc/self') else 1
        def root(): return sorted(os.listdir('/'))
        """;
    String tests =
        """
        assert set(names()) <= {"HOME", "LANG", "LC_CTYPE", "PATH", "TMPDIR"}, names()
        assert processes() < 8
        assert set(root()) <= {"bin", "dev", "etc", "lib", "lib32", "lib64", "libx32", "proc", "sbin", "tmp", "usr", "work"}
        """;
    Verdict verdict = judge(program, tests);
    assertThat(verdict.value()).as(verdict.toString()).isEqualTo(1);
  }

  @Test
  void ofOneProgramsFilesTheNextOneSeesNothing() {
    String leave =
        "def f():\n"
            + "    open('/work/left', 'w').write('x')\n"
            + "    open('/tmp/left2', 'w').write('x')\n"
            + "    return 1";
    String look = "import os\ndef f(): return os.listdir('/work') + os.listdir('/tmp')";
    assertThat(judge(leave, "assert f() == 1").value()).isEqualTo(1);
    assertThat(judge(look, "assert f() == []").value()).isEqualTo(1);
  }

  @Test
  void aProgramWithoutEndOrMeasureIsCutOffAndLeavesNothingBehind() {
    List<String> programs =
        List.of(
            "while True: pass",
            "def f(x):\n    while True: pass",
            "import time; time.sleep(1000)",
            "import os, signal\nos.kill(os.getppid(), signal.SIGKILL)\nwhile True: pass",
            "import os, signal\nos.kill(os.getppid(), signal.SIGSTOP)\nwhile True: pass",
            "def f(x):\n    import time\n    time.sleep(1000)",
            "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass",
            "import os, time\n"
                + "if os.fork() == 0:\n"
                + "    os.setsid()\n"
                + "    if os.fork() == 0:\n"
                + "        time.sleep(1000)\n"
                + "    os._exit(0)\n"
                + "time.sleep(1000)",
            "x = []\nwhile True: x.append(bytearray(1 << 24))",
            "x = 'x'\nwhile True: x += x",
            "import sys\nwhile True: sys.stdout.write('x' * 65536)",
            "import os\n"
                + "while True:\n"
                + "    for fd in range(3, 64):\n"
                + "        try: os.write(fd, b'x' * 65536)\n"
                + "        except OSError: pass",
            "import os\n"
                + "while True:\n"
                + "    for fd in range(3, 64):\n"
                + "        try: os.write(fd, b'{}\\n"
                + "' * 9999)\n"
                + "        except OSError: pass",
            "def f(x): return 10 ** 10 ** 8",
            "def f(x): return [0] * 10 ** 9",
            "def f(x):\n    y = []\n    y.append(y)\n    return y",
            "import sys\nsys.setrecursionlimit(10 ** 9)\ndef f(x): return f(x)",
            "import ctypes\nctypes.string_at(0)",
            "import signal, os\n"
                + "for s in range(1, 65):\n"
                + "    try: signal.signal(s, signal.SIG_IGN)\n"
                + "    except (OSError, ValueError): pass\n"
                + "while True: pass");
    List<Verdict> verdicts =
        impatient.score(programs.stream().map(p -> item("", p, TESTS, Map.of())).toList());
    for (int i = 0; i < programs.size(); i++) {
      assertThat(verdicts.get(i).ok()).as(programs.get(i) + verdicts.get(i)).isTrue();
      assertThat(verdicts.get(i).value()).as(programs.get(i) + verdicts.get(i)).isZero();
    }
    assertThat(ProcessHandle.current().descendants().filter(ProcessHandle::isAlive)).isEmpty();
  }

  @Test
  void hostileProgramsDoNotDisturbThoseBesideThem() {
    Scorer beside = ofType("code", "seconds", "8", "cpu-seconds", "2", "parallel", "4");
    beside.load();
    List<Item> items =
        List.of(
            item("", "while True: pass", TESTS, Map.of()),
            item("", RIGHT, TESTS, Map.of()),
            item(
                "",
                "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass",
                TESTS,
                Map.of()),
            item("", RIGHT, TESTS, Map.of()));
    assertThat(beside.score(items)).extracting(Verdict::value).containsExactly(0.0, 1.0, 0.0, 1.0);
    beside.close();
  }

  @Test
  void withoutAnInterpreterTheErrorSaysWhatToDo() throws IOException {
    Path none = Files.writeString(directory.resolve("python3"), "");
    Scorer broken = ofType("code", "python", none.toString());
    assertThatThrownBy(broken::load)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("programs cannot be shut in on this machine, so none is run")
        .hasMessageContaining(none + ", which cannot be run")
        .hasMessageContaining("sandbox=none");
  }

  @Test
  void theProgramIsTheLastBlockThatDefinesTheFunction() {
    String answer =
        "```python\n"
            + "def f(): return 1\n"
            + "```\n"
            + "Better:\n"
            + "```py\n"
            + "def f(): return 2\n"
            + "```\n"
            + "Call it:\n"
            + "```python\n"
            + "print(f())\n"
            + "```\n"
            + "```text\n"
            + "no\n"
            + "```";
    assertThat(CodeScorer.program(answer, "f")).isEqualTo("def f(): return 2");
    assertThat(CodeScorer.program(answer, "")).isEqualTo("print(f())");
    assertThat(CodeScorer.program("def f(): return 3", "f")).isEqualTo("def f(): return 3");
    assertThat(CodeScorer.program("```python\ndef f(): return 4", "f"))
        .isEqualTo("def f(): return 4");
  }

  private static Verdict judge(String response, String tests) {
    return judge("", response, tests, Map.of());
  }

  private static Verdict judge(
      Scorer other, String response, String tests, Map<String, String> metadata) {
    return other.score(List.of(item("", response, tests, metadata))).get(0);
  }

  private static Verdict judge(
      String prompt, String response, String tests, Map<String, String> metadata) {
    return scorer.score(List.of(item(prompt, response, tests, metadata))).get(0);
  }

  private static Item item(
      String prompt, String response, String tests, Map<String, String> metadata) {
    return new Item(new Content.Texts(prompt, response), tests, metadata);
  }
}

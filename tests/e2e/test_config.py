"""Configuration as Rspamd's users write it, seen through the program."""

import json
import os

from conftest import DATA, NOW

PLAIN = DATA / "plain.eml"


def folder(tmp_path, **files):
    """A configuration folder; `local__actions` is local.d/actions.conf, a dot in a name is kept."""
    for name, text in files.items():
        layer, name = name.split("__")
        path = tmp_path / f"{layer}.d" / (name.replace("_dot_", ".") if "_dot_" in name else f"{name}.conf")
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text(text)
    return tmp_path


def scan(winnow, etc, message=PLAIN, **more):
    out = winnow.run("scan", "--json", "--now", NOW, "-c", etc, message, **more)
    return json.loads(out.stdout), out.stderr.decode()


def test_an_empty_folder_is_a_useful_filter(winnow, tmp_path):
    verdict, said = scan(winnow, tmp_path)
    assert verdict["action"] == "no action" and verdict["symbols"] and said == ""


def test_a_missing_default_folder_is_no_error(winnow):
    if os.path.exists("/etc/winnow"):
        return
    assert winnow.run("scan", PLAIN).stderr == b""


def test_thresholds_from_local_d(winnow, tmp_path):
    etc = folder(tmp_path, local__actions="reject = 10;\nadd_header = null;\n")
    verdict, said = scan(winnow, etc)
    assert verdict["thresholds"] == {"reject": 10.0, "greylist": 4.0} and said == ""


def test_override_replaces_only_the_keys_that_it_names(winnow, tmp_path):
    etc = folder(tmp_path, local__actions="reject = 10;\ngreylist = 3;\n",
                 override__actions="reject = 12;\n")
    verdict, _ = scan(winnow, etc)
    assert verdict["thresholds"] == {"reject": 12.0, "add header": 6.0, "greylist": 3.0}


def test_a_symbol_a_check_and_a_group_are_switched_off_in_a_small_file(winnow, tmp_path):
    before, _ = scan(winnow, tmp_path)
    assert {"MIME_GOOD", "RCVD_COUNT_ONE", "DATE_IN_PAST"} & before["symbols"].keys()
    etc = folder(tmp_path, local__MIME_GOOD="enabled = false;\n", local__received="enabled = false;\n",
                 local__mid_group="enabled = false;\n")
    after, said = scan(winnow, etc)
    assert said == ""
    assert "MIME_GOOD" not in after["symbols"] and "MIME_TRACE" in after["symbols"]
    assert not any(name.startswith("RCVD_COUNT") for name in after["symbols"])


def test_scores_groups_and_descriptions_are_overridden(winnow, tmp_path):
    etc = folder(tmp_path, local__groups="""
        symbols { "MIME_TRACE" { weight = 1.5; description = "mine"; } }
        group "headers" { max_score = 2.0; }
    """)
    verdict, said = scan(winnow, etc)
    assert said == ""
    assert verdict["symbols"]["MIME_TRACE"]["score"] == 1.5
    assert verdict["symbols"]["MIME_TRACE"]["description"] == "mine"


def test_a_composite_of_ones_own(winnow, tmp_path):
    etc = folder(tmp_path, local__composites="""
        MY_RULE { expression = "MIME_GOOD & RCVD_COUNT_ONE"; score = 7; policy = "leave"; }
    """)
    verdict, said = scan(winnow, etc)
    assert said == ""
    assert verdict["symbols"]["MY_RULE"]["score"] == 7.0 and verdict["action"] == "add header"


def test_what_explain_says_of_switching_off_works(winnow, tmp_path):
    composites = 'MY_RULE { expression = "MIME_GOOD"; score = 7; policy = "leave"; }\n'
    for symbol, check in (("MY_RULE", None), ("MIME_TRACE", "mime_types")):
        etc = folder(tmp_path / symbol, local__composites=composites)
        said = winnow.run("explain", "-c", etc, symbol).stdout.decode()
        for line in said.splitlines():
            if not line.startswith(("To switch", "To change")):
                continue
            text, name = line.split(":", 1)[1].strip().rsplit(" in ", 1)
            trial = tmp_path / f"{symbol}-{name.replace('/', '-')}-{len(text)}"
            trial = folder(trial, local__composites=composites)
            path = trial / name
            path.write_text((path.read_text() if path.exists() else "") + text.strip() + "\n")
            result = winnow.run("config", "check", trial, check=False)
            assert result.returncode == 0 and result.stderr == b"", result.stderr.decode()
            verdict, _ = scan(winnow, trial)
            if "switch" in line:
                assert symbol not in verdict["symbols"]
            else:
                assert verdict["symbols"][symbol]["score"] == 1.5


def test_a_composite_has_a_small_file_too(winnow, tmp_path):
    etc = folder(tmp_path, local__composites='MY_RULE { expression = "MIME_GOOD"; score = 7; }\n',
                 local__MY_RULE="enabled = false;\n")
    verdict, said = scan(winnow, etc)
    assert "MY_RULE" not in verdict["symbols"] and said == ""


def test_the_top_level_block_that_rspamds_users_have(winnow, tmp_path):
    (tmp_path / "winnow.conf").write_text("""
        worker "normal" {
            bind_socket = "localhost:11333";
            .include "$CONFDIR/worker-normal.inc"
            .include(try=true; priority=1,duplicate=merge) "$LOCAL_CONFDIR/local.d/worker-normal.inc"
            .include(try=true; priority=10) "$LOCAL_CONFDIR/override.d/worker-normal.inc"
        }
    """)
    folder(tmp_path, local__worker_dot_inc="")
    (tmp_path / "local.d" / "worker-normal.inc").write_text("enabled = false;\n")
    result = winnow.run("config", "check", tmp_path, check=False)
    assert result.returncode == 0, result.stderr.decode()
    shown = winnow.run("config", "show", "worker.normal", "-c", tmp_path).stdout.decode()
    assert 'localhost:11333' in shown and "enabled = false" in shown


def test_a_typo_gets_file_line_and_the_nearest_name(winnow, tmp_path):
    etc = folder(tmp_path, local__actions="\nrejct = 10;\n")
    result = winnow.run("scan", "-c", etc, PLAIN, check=False)
    assert result.returncode == 3
    said = result.stderr.decode()
    assert f"{etc}/local.d/actions.conf:2:1: " in said and "reject" in said


def test_a_module_that_is_not_there_is_one_warning(winnow, tmp_path):
    etc = folder(tmp_path, local__neural="train { max_trains = 1k; }\nservers = x;\n",
                 local__clickhouse="enabled = false;\nserver = x;\n")
    _, said = scan(winnow, etc)
    lines = said.splitlines()
    assert len(lines) == 1 and "neural" in lines[0]


def test_scores_for_unknown_symbols_are_one_warning_with_a_count(winnow, tmp_path):
    etc = folder(tmp_path, local__groups='symbols { "FOO" { score = 1 } "BAR" { score = 2 } }\n')
    _, said = scan(winnow, etc)
    assert len(said.splitlines()) == 1 and "2" in said


def test_the_environment_and_the_command_line_are_layers(winnow, tmp_path):
    etc = folder(tmp_path, override__actions="reject = 12;\n")
    secret = tmp_path / "secret"
    secret.write_text("11\n")
    verdict, _ = scan(winnow, etc, env={"WINNOW_SET_actions__reject": "13"})
    assert verdict["thresholds"]["reject"] == 13.0
    verdict, _ = scan(winnow, etc, env={"WINNOW_SET_actions__reject__FILE": str(secret)})
    assert verdict["thresholds"]["reject"] == 11.0
    out = winnow.run("scan", "--json", "--set", "actions.reject=14", "-c", etc, PLAIN,
                     env={"WINNOW_SET_actions__reject": "13"}).stdout
    assert json.loads(out)["thresholds"]["reject"] == 14.0


def test_every_value_tells_where_it_came_from(winnow, tmp_path):
    etc = folder(tmp_path, local__actions="\ngreylist = 3;\n", override__actions="reject = 12;\n")
    shown = winnow.run("config", "show", "actions", "--origin", "-c", etc,
                       env={"WINNOW_SET_actions__add_header": "7"}).stdout.decode()
    lines = {line.split("=")[0].strip(): line for line in shown.splitlines() if "=" in line}
    assert "override.d/actions.conf:1" in lines["reject"]
    assert "local.d/actions.conf:2" in lines["greylist"]
    assert "WINNOW_SET_actions__add_header" in lines["add_header"]
    assert "default" in lines["subject"]


def test_diff_shows_what_is_not_as_shipped(winnow, tmp_path):
    assert winnow.run("config", "diff", "-c", tmp_path).stdout == b""
    etc = folder(tmp_path, local__actions="reject = 15;\ngreylist = 3;\n")
    out = winnow.run("config", "diff", "-c", etc).stdout.decode()
    assert "greylist" in out and "reject" not in out and "subject" not in out


def test_check_tells_all_errors_at_once(winnow, tmp_path):
    etc = folder(tmp_path, local__actions="reject = many;\n", local__options="task_timeout = 1h;\nfoo = 1;\n")
    (etc / "local.d" / "options.conf").rename(etc / "local.d" / "options.inc")
    result = winnow.run("config", "check", etc, check=False)
    said = result.stderr.decode()
    assert result.returncode == 3
    assert "actions.conf:1:" in said and "options.inc:1:" in said and "options.inc:2:" in said


def test_jinja_is_a_clear_error(winnow, tmp_path):
    etc = folder(tmp_path, local__actions='reject = {= env.SCORE =};\n')
    result = winnow.run("config", "check", etc, check=False)
    assert result.returncode == 3 and b"actions.conf:1:" in result.stderr


def test_an_rspamd_folder_works(winnow, tmp_path):
    (tmp_path / "rspamd.conf").write_text("{% this is never read %}")
    (tmp_path / "rspamd.conf.local").write_text('actions { reject = 9; }\n')
    folder(tmp_path, override__actions="greylist = 2;\n")
    (tmp_path / "local.d").mkdir(exist_ok=True)
    (tmp_path / "local.d" / "logging.inc").write_text('type = "console"; level = "notice";\n')
    verdict, said = scan(winnow, tmp_path)
    assert verdict["thresholds"]["reject"] == 9.0 and verdict["thresholds"]["greylist"] == 2.0
    assert said == ""

use super::ink::{escaped, tenth};
use super::scale::{Axis, csv_cell, digits, round_digits};
use super::*;

fn caption(id: &str) -> Caption<'_> {
    Caption {
        id,
        title: "Floor & offers",
        description: "It <rose>.",
        across: "Month",
        unit: "KES",
        decimals: 2,
    }
}

fn bar(label: &str, value: i64) -> Bar {
    Bar {
        label: label.to_owned(),
        value,
    }
}

fn point(at: i64, value: i64) -> Point {
    Point {
        at,
        label: format!("month {at}"),
        value,
    }
}

#[test]
fn ticks_are_round_and_hold_the_values() {
    let axis = Axis::around([310, 420, 585].into_iter());
    assert_eq!(axis.ticks().collect::<Vec<_>>(), [300, 400, 500, 600]);
    let axis = Axis::around([-7, 12].into_iter());
    assert_eq!(axis.ticks().collect::<Vec<_>>(), [-10, -5, 0, 5, 10, 15]);
}

#[test]
fn axes_stand_the_widest_and_the_narrowest_values() {
    let axis = Axis::around([i64::MIN, i64::MAX].into_iter());
    assert!(axis.ticks().count() >= 2);
    assert!((0..=100).contains(&axis.place(0, 0, 100)));
    assert_eq!(
        Axis::around([5, 5].into_iter()).ticks().collect::<Vec<_>>(),
        [5, 6]
    );
    assert_eq!(Axis::within(std::iter::empty()).place(0, 10, 20), 10);
}

#[test]
fn places_run_from_edge_to_edge() {
    let axis = Axis::exact(100, 300);
    assert_eq!(
        (
            axis.place(100, 0, 4800),
            axis.place(200, 0, 4800),
            axis.place(300, 0, 4800)
        ),
        (0, 2400, 4800)
    );
    assert_eq!(
        (axis.place(100, 2300, 200), axis.place(300, 2300, 200)),
        (2300, 200)
    );
}

#[test]
fn figures_are_grouped_and_keep_their_decimals() {
    assert_eq!(digits(120_000_000, 2), "1,200,000.00");
    assert_eq!(digits(-5, 2), "-0.05");
    assert_eq!(digits(999, 0), "999");
    assert_eq!(digits(i64::MIN, 0), "-9,223,372,036,854,775,808");
    assert_eq!(round_digits(42_000, 2), "420");
    assert_eq!(round_digits(42_050, 2), "420.50");
    assert_eq!((tenth(-15), tenth(20)), ("-1.5".to_owned(), "2".to_owned()));
}

#[test]
fn cells_cannot_start_a_formula() {
    for cell in ["=1+1", "+A1", "-A1", "@sum"] {
        assert_eq!(csv_cell(cell), format!("'{cell}"));
    }
    assert_eq!(csv_cell("\tx"), "\"'\tx\"");
    assert_eq!(csv_cell("\rx"), "\"'\rx\"");
    assert_eq!(csv_cell("-1,234.50"), "-1234.50");
    assert_eq!(csv_cell("-1+2"), "'-1+2");
    assert_eq!(csv_cell("a \"b\", c"), "\"a \"\"b\"\", c\"");
}

#[test]
fn everything_written_is_escaped() {
    let chart = bars(&caption("a\"b"), &[bar("<script>&'\"", 5)]);
    assert!(!chart.svg.contains("<script>") && !chart.svg.contains("a\"b"));
    assert!(chart.svg.contains("&lt;script&gt;&amp;&#39;&quot;"));
    assert!(chart.svg.contains("Floor &amp; offers") && chart.svg.contains("It &lt;rose&gt;."));
    assert_eq!(escaped("ok"), "ok");
}

#[test]
fn a_chart_is_named_described_and_free_of_inline_style() {
    let shares = share_bar(&caption("s"), &[bar("Members", 80), bar("Fund", 20)]);
    assert!(
        shares
            .svg
            .contains(r#"role="img" aria-labelledby="s-title s-desc""#)
    );
    assert!(
        shares.svg.contains(r#"<title id="s-title">"#)
            && shares.svg.contains(r#"<desc id="s-desc">"#)
    );
    assert!(!shares.svg.contains("style") && !shares.svg.contains("data:"));
}

#[test]
fn shares_fill_the_bar_exactly() {
    let chart = share_bar(&caption("s"), &[bar("a", 1), bar("b", 1), bar("c", 1)]);
    for (x, width) in [("0", "160"), ("160", "160"), ("320", "160")] {
        assert!(
            chart
                .svg
                .contains(&format!(r#"<rect x="{x}" y="1" width="{width}""#))
        );
    }
}

#[test]
fn stacks_carry_their_sums() {
    let series = ["fund".to_owned(), "members".to_owned()];
    let stacks = [Stack {
        label: "run 7".to_owned(),
        values: vec![1_000, 9_000],
    }];
    let chart = stacked_bars(&caption("t"), &series, &stacks);
    assert_eq!(chart.head, ["Month", "fund", "members", "Sum, KES"]);
    assert_eq!(chart.rows, [["run 7", "10.00", "90.00", "100.00"]]);
    assert_eq!(
        chart.csv(),
        "Month,fund,members,\"Sum, KES\"\r\nrun 7,10.00,90.00,100.00\r\n"
    );
}

#[test]
fn a_step_holds_its_value_to_the_edge() {
    let floor = Line {
        label: "floor".to_owned(),
        points: vec![point(1, 30_000), point(4, 36_000)],
        step: true,
    };
    let refused = Mark {
        point: point(2, 31_000),
        series: "refused".to_owned(),
        shape: Shape::Cross,
        words: String::new(),
    };
    let chart = line(
        &caption("l"),
        &[floor],
        &[refused],
        &[(1, "Jan".to_owned()), (11, "Nov".to_owned())],
    );
    assert!(chart.svg.contains('V') && chart.svg.contains("H474"));
    assert!(chart.svg.contains("floor 360<") && chart.svg.contains(r#"class="cross""#));
    let series: Vec<&str> = chart
        .rows
        .iter()
        .filter_map(|row| row.get(1).map(String::as_str))
        .collect();
    assert_eq!(series, ["floor", "refused", "floor"]);
}

#[test]
fn a_gauge_stays_inside_its_frame() {
    let chart = gauge(
        &caption("g"),
        &bar("have voted", 90),
        &bar("are needed", 31),
        &bar("are on the roll", 61),
    );
    assert!(chart.svg.contains("width=\"473\"") && !chart.svg.contains("width=\"69"));
    assert_eq!(chart.rows.len(), 3);
}

#[test]
fn long_words_are_cut_and_kept_whole_in_the_table() {
    let long = "a name that runs on and on and on and on and on";
    let chart = bars(&caption("w"), &[bar(long, 5)]);
    assert!(!chart.svg.contains(long) && chart.svg.contains('…'));
    assert_eq!(
        chart
            .rows
            .first()
            .and_then(|row| row.first())
            .map(String::as_str),
        Some(long)
    );
}

#[test]
fn names_of_lines_step_aside() {
    let flat = |label: &str| Line {
        label: label.to_owned(),
        points: vec![point(1, 100), point(9, 100)],
        step: false,
    };
    let chart = line(&caption("n"), &[flat("floor"), flat("offer")], &[], &[]);
    let height = |name: &str| {
        let before = chart.svg.split(name).next().unwrap_or_default();
        before
            .rsplit(" y=\"")
            .next()
            .map(|rest| rest.split('"').next().unwrap_or_default().to_owned())
    };
    assert_ne!(height(">floor 1"), height(">offer 1"));
}

#[test]
fn nothing_to_draw_says_so() {
    let empty = [
        bars(&caption("e"), &[]),
        share_bar(&caption("e"), &[]),
        histogram(&caption("e"), &[]),
        stacked_bars(&caption("e"), &[], &[]),
        line(&caption("e"), &[], &[], &[]),
    ];
    for chart in empty {
        assert!(chart.svg.contains("No figures yet.") && chart.rows.is_empty());
    }
}

#[test]
fn all_zero_and_negative_values_draw() {
    assert!(
        bars(&caption("z"), &[bar("none", 0), bar("owed", -50)])
            .svg
            .contains("-0.50")
    );
    assert!(
        share_bar(&caption("z"), &[bar("none", 0)])
            .svg
            .contains("0.00")
    );
    assert_eq!(
        histogram(&caption("z"), &[bar("0-9", 0), bar("10-19", 3)])
            .rows
            .len(),
        2
    );
}

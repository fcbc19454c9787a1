#!/bin/sh
# Opens pages of the program in a headless chromium, in light and dark, at the width of a telephone and of a desk, and fails on
# a script error, a page that scrolls sideways, a figure that is missing or whose text reaches out of it, a table that a click does
# not sort, a figure that cannot be saved as SVG. With SHOTS=DIR it also leaves pictures there.
#
#   cli/src/test/chromium.sh ie-gpt2-tiny-sentences/report.html ie-compare/compare.html
#
# The page is opened inside a frame of the wanted width (a window cannot be narrower than 500 pixels) and sends what it finds to
# the page around it, which is then printed as text. Nothing is read from a network.
set -eu
here=$(dirname "$0")
browser=${CHROMIUM:-$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)}
[ -n "$browser" ] || { echo "chromium.sh: no chromium here; CHROMIUM=PATH names one" >&2; exit 2; }
[ $# -gt 0 ] || { echo "usage: chromium.sh PAGE..." >&2; exit 2; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

# The page with the check inside: errors are collected from the first script on.
prepare() {
    [ -f "$1" ] || { echo "FAIL $1: no such file"; return 1; }
    {
        awk -v check="$here/chromium-check.js" '
            !begun && (at = index($0, "<head>")) {
                print substr($0, 1, at + 5) "<script>"
                while ((getline line < check) > 0) print line
                print "</script>" substr($0, at + 6)
                begun = 1
                next
            }
            { print }' "$1"
    } > "$work/page.html"
    grep -q 'checkPage' "$work/page.html" || { echo "FAIL $1: no <head> in it"; return 1; }
}

# frame SCHEME WIDTH HEIGHT: the page around it.
frame() {
    cat > "$work/frame.html" <<HTML
<!DOCTYPE html><html><head><meta charset="utf-8"><style>body { margin: 0; } iframe { border: 0; display: block; }</style></head>
<body><iframe src="page.html" style="width:$2px;height:$3px;color-scheme:$1"></iframe><pre id="found"></pre>
<script>addEventListener("message", function (m) { document.getElementById("found").textContent += m.data + "\n"; });</script>
</body></html>
HTML
}

open_with() {
    timeout 120 "$browser" --headless --no-sandbox --disable-gpu --hide-scrollbars --user-data-dir="$work/profile" \
        --virtual-time-budget=20000 "$@" "file://$work/frame.html" 2>"$work/messages"
}

for page in "$@"; do
    prepare "$page" || { failed=1; continue; }
    for scheme in light dark; do
        for width in 360 1200; do
            frame "$scheme" "$width" 900
            found=$(open_with --window-size=1280,1000 --dump-dom | sed -n '/<pre id="found">/,/<\/pre>/p' \
                | sed -e 's/.*<pre id="found">//' -e 's/<\/pre>.*//')
            case $found in
                "scheme $scheme, width $width: ok"*) echo "ok   $page: $found" ;;
                "") echo "FAIL $page, $scheme, $width: the page did not answer"; failed=1 ;;
                *) echo "FAIL $page: $found"; failed=1 ;;
            esac
            if [ -n "${SHOTS:-}" ]; then
                mkdir -p "$SHOTS"
                height=${SHOT_HEIGHT:-6000}
                frame "$scheme" "$width" "$height"
                open_with --window-size="$((width < 500 ? 500 : width)),$height" \
                    --screenshot="$SHOTS/$(basename "$(dirname "$page")")-$(basename "$page" .html)-$scheme-$width.png" > /dev/null
            fi
        done
    done
done
exit $failed

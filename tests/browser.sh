# browser.sh - pages in headless Chromium; sourced by class.sh and play.sh. "$work" is a folder of the test.

# What the script `did.js` says of the page in a frame of that width (a window is never narrower than 500 pixels). It may await.
# The policy of the page holds, and lets in this script besides.
in_browser() { # PAGE WIDTH [HASH [OPTION]]
	python3 - "$1" "$work/did.js" "$work/tried.html" <<-'PYTHON' || return
		import base64, hashlib, sys
		page, script = (open(name, encoding="utf-8").read() for name in sys.argv[1:3])
		script = 'addEventListener("load",async()=>{const said=[];try{' + script + '}catch(error){said.push("error: "+error.stack)}parent.postMessage(said.join("\\n"),"*")})'
		script = script.replace("</", "<\\/")
		digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
		assert "Content-Security-Policy" in page
		if "script-src" not in page:
		    page = page.replace("style-src 'unsafe-inline'", "style-src 'unsafe-inline'; script-src 'none'", 1)
		page = page.replace("script-src 'none'", "script-src", 1).replace("script-src", "script-src 'sha256-" + digest + "'", 1)
		page = page.replace("</body>", "<script>" + script + "</script></body>")
		open(sys.argv[3], "w", encoding="utf-8").write(page)
	PYTHON
	cat > "$work/frame.html" <<-END
		<!doctype html><pre></pre><script>onmessage=event=>document.querySelector("pre").textContent=event.data</script>
		<iframe width="$2" height="800" src="file://$work/tried.html${3-}"></iframe>
	END
	timeout 900 chromium --user-data-dir="$work/profile" --headless --no-sandbox --disable-gpu --window-size=1400,1000 ${4-} --virtual-time-budget=20000 --dump-dom "file://$work/frame.html" 2> "$work/chromium" |
		sed -n '/<pre>/,$p' | sed 's/.*<pre>//; s/&gt;/>/g; s/&lt;/</g; s/&amp;/\&/g; /<\/pre>/ {s/<\/pre>.*//; q}'
}

# What axe-core has against the page, a line each; nothing where it has nothing, or is not there (`make setup-dev`).
axe=build/node/node_modules/axe-core/axe.min.js
objections() { # PAGE WIDTH [OPTION]
	[ -s $axe ] || { echo "axe-core is missing (make setup-dev): $1 is not tried" >&2; return; }
	{
		cat $axe
		echo 'const found=await axe.run();for(const each of found.violations)for(const node of each.nodes)said.push(each.id+": "+node.html.slice(0,120)+" "+node.failureSummary.replace(/\s+/g," ").slice(0,200));said.push("rules passed: "+(found.passes.length>9))'
	} > "$work/did.js"
	in_browser "$1" "$2" "" "${3-}" | sed '/^rules passed: true$/d'
}

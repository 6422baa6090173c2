echo "given [\"$1\", \"$2\"]"

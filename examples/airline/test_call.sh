#!/usr/bin/env bash
# The guide's query to a served model. Usage: bash test_call.sh [URL], default http://127.0.0.1:55755
set -euo pipefail
curl --silent --show-error --fail-with-body "${1:-http://127.0.0.1:55755}/invocations" \
  --header 'Content-Type: application/json; format=pandas-split' \
  --data '{"columns":["Year","Month","DayofMonth","DayofWeek","CRSDepTime","CRSArrTime","UniqueCarrier","FlightNum","ActualElapsedTime","Origin","Dest","Distance","Diverted"],"data":[[1987,10,1,4,1,556,0,190,247,202,162,1846,0]]}'
echo

# results.gp - each round of each quantity: minimum, median and 90th percentile, on a logarithmic scale.
set terminal svg size 960,700 font "sans,12"
set output picture
set datafile separator ","
set key off
set logscale x
set xlabel "ns: from minimum to 90th percentile, with the median; a mark for each round"
set yrange [16.6:-0.6] # as many as measure.c has quantities
set grid x
place(round, row) = int(row) % 17 + 0.06 * (round - 3)
plot results using 6:(place($3, $0)):5:7:ytic(strcol(3) eq "1" ? strcol(1) : "") skip 1 with xerrorbars pointtype 7 pointsize 0.4

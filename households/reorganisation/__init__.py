"""The reorganisation of wards on a day: what ends, where its groups go, what hinders, and carrying it out.

A day on which wards end is known from `WardSuccession`. A ward that goes over whole needs no answer. Of a ward
that is split, every residential group where households live is given its new ward, and the households of no
group a group or, all together, a new ward. Then everything moves at once, dated on that day; classes, help and
events stay with the ward of their own day.
"""
